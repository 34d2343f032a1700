/** Gives the element the role `group`, and the name that its labels give it. The author's own role and label come first. */
export function nameGroup(host: HTMLElement, internals: ElementInternals, defaultName: string): void {
  const labels = [...internals.labels, ...host.querySelectorAll(':scope > [slot=label]')];
  internals.role = 'group';
  internals.ariaLabel = labels.map(({ textContent }) => textContent!.trim()).join(' ') || defaultName;
}
