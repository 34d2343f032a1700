/** A button of the element where the browser can show why the form cannot be submitted: it can focus no hidden one. */
export function visibleButton({ shadowRoot }: HTMLElement): HTMLElement | undefined {
  const buttons = [...shadowRoot!.querySelectorAll('button')];
  return buttons.find(({ offsetParent }) => offsetParent) ?? buttons[0];
}
