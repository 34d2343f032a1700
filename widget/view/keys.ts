/**
 * Keys in the list: arrows move from file to file, Delete takes the file away.
 *
 * @param remove gets the file's id.
 */
export function onKey(event: KeyboardEvent, remove: (id: string) => void): void {
  const li = (event.target as Element).closest('li');
  const neighbour = { ArrowDown: li?.nextElementSibling, ArrowUp: li?.previousElementSibling }[event.key];
  if (neighbour) (neighbour as HTMLElement).focus();
  else if (event.key === 'Delete' && li) remove(li.id);
  else return;
  event.preventDefault();
}
