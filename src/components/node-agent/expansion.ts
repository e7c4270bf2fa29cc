/** Replaces `$(NAME)` by its value; an unknown name stays as written, and `$$` stands for one `$` (so `$$(NAME)` escapes a reference). */
export function expandReferences(text: string, valueOf: (name: string) => string | undefined): string {
  return text.replace(/\$(?:\$|\(([^()]*)\))/g, (match, name: string | undefined) => {
    if (match === '$$') return '$';
    return name === undefined ? match : (valueOf(name) ?? match);
  });
}
