/** Where libuv's words for an error differ from the ones the operating system, and so kubectl, has for it. */
const systemTexts: Readonly<Record<string, string>> = {
  ELOOP: 'too many levels of symbolic links',
  ENAMETOOLONG: 'file name too long',
  ENOEXEC: 'exec format error',
  EISDIR: 'is a directory',
  E2BIG: 'argument list too long',
  ETXTBSY: 'text file busy',
};

/** What the operating system says of a failed call (`permission denied`), without the code, the call and the path that Node puts around it. */
export function operatingSystemText(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== undefined && systemTexts[code] !== undefined) return systemTexts[code];
  // `ENOENT: no such file or directory, open '/x'`, or, from execve, `ENOENT, No such file or directory './x'`.
  const text = /^E[A-Z0-9]+(?::|,) (.*?)(?:, [a-z]+(?: '.*')?| '.*')?$/s.exec(message)?.[1] ?? message;
  return text.charAt(0).toLowerCase() + text.slice(1);
}
