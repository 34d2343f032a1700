/**
 * Keys in the list: arrows move from file to file, Delete takes the file away.
 *
 * @param remove gets the file's id.
 */
export function onKey(event: KeyboardEvent, remove: (id: string) => void): void {
  const { target, currentTarget } = event;
  // what a page has put into a row has keys of its own
  if (!(currentTarget as Element).contains(target as Element)) return;
  const li = (target as Element).closest('li');
  const neighbour = { ArrowDown: li?.nextElementSibling, ArrowUp: li?.previousElementSibling }[event.key];
  if (neighbour) (neighbour as HTMLElement).focus();
  else if (event.key === 'Delete' && li) remove(li.id);
  else return;
  event.preventDefault();
}
