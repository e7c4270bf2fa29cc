/** Whether a container of that name is meant; `*` stands for anything. As in kubectl, what stands in front of the first `*` may stand anywhere. */
export function isContainerMeant(name: string, pattern: string): boolean {
  if (pattern === '*') return true;
  if (!pattern.includes('*')) return name === pattern;
  const parts = pattern.split('*');
  let position = 0;
  for (const [index, part] of parts.entries()) {
    if (part === '') continue;
    const next = name.slice(position).indexOf(part);
    if (next < position) return false;
    if (index === parts.length - 1 && name.length !== part.length + next) return false;
    position = next;
  }
  return true;
}
