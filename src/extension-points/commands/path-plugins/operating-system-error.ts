import { getSystemErrorMessage } from 'node:util';

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
  const { code = '', errno, message } = error as NodeJS.ErrnoException;
  // execve has the number as it is, libuv's calls below zero.
  return systemTexts[code] ?? (errno === undefined ? message : getSystemErrorMessage(-Math.abs(errno)));
}
