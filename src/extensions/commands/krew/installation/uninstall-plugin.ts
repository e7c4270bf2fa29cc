import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type KrewLayout, linkName, receiptPath } from '../krew-layout.ts';
import { removeLink } from './link.ts';
import { findReceipt } from './receipts.ts';

/** Removes a plugin: its link, what was installed, its receipt. The receipt goes last, so that a run that is ended can be repeated. Throws when it is not installed. */
export function uninstallPlugin(layout: KrewLayout, name: string, isWindows: boolean): void {
  if (!findReceipt(layout, name)) throw new Error('plugin is not installed');
  removeLink(join(layout.bin, linkName(name, isWindows)));
  rmSync(join(layout.store, name), { recursive: true, force: true });
  rmSync(receiptPath(layout, name));
}
