import { lstatSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { goQuote } from '../../../../api/cel/kubernetes/go-quote.ts';

/** Lets a link lead to an executable, in place of where it led before: at no moment is there none. Throws when something else than a link is in its place. */
export function replaceLink(link: string, target: string): void {
  requireLink(link);
  const draft = join(dirname(link), `.${basename(link)}.${process.pid}`);
  rmSync(draft, { force: true });
  symlinkSync(target, draft);
  renameSync(draft, link);
}

/** Removes a link, if there is one. Throws when something else is in its place. */
export function removeLink(link: string): void {
  if (requireLink(link)) rmSync(link);
}

function requireLink(path: string): boolean {
  const information = lstatSync(path, { throwIfNoEntry: false });
  if (information && !information.isSymbolicLink())
    throw new Error(`file ${goQuote(path)} is not a symlink (mode=0${(information.mode & 0o777).toString(8)}); remove it to go on`);
  return information !== undefined;
}
