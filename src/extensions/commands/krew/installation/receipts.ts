import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { yamlText } from '../../../../extension-points/commands/printers/yaml-text.ts';
import { type KrewLayout, receiptPath } from '../krew-layout.ts';
import type { Plugin, Receipt } from '../manifest/plugin.ts';
import { readReceiptFile } from '../manifest/read-plugin.ts';
import { replaceFile } from './replace-file.ts';

/** Marks a plugin that stays at its version; in the receipt's annotations, where the original keeps and ignores it. */
export const pinnedAnnotation = 'krew.wherry.dev/pinned';

export const isPinned = ({ metadata }: Receipt): boolean => metadata.annotations?.[pinnedAnnotation] === 'true';

export const createReceipt = (plugin: Plugin, index: string, created: string, isToBePinned: boolean): Receipt => {
  const { [pinnedAnnotation]: _, ...others } = plugin.metadata.annotations ?? {};
  const annotations = isToBePinned ? { ...others, [pinnedAnnotation]: 'true' } : others;
  const { annotations: __, ...metadata } = plugin.metadata;
  return {
    ...plugin,
    metadata: { ...metadata, ...(Object.keys(annotations).length > 0 ? { annotations } : {}), creationTimestamp: created },
    status: { source: { name: index } },
  };
};

/** The receipt of an installed plugin; undefined when it is not installed. Throws for a file that is no receipt. */
export function findReceipt(layout: KrewLayout, plugin: string): Receipt | undefined {
  try {
    return readReceiptFile(receiptPath(layout, plugin));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** All of them, by name. */
export function listReceipts(layout: KrewLayout): Receipt[] {
  return readdirSync(layout.receipts)
    .filter((name) => name.endsWith('.yaml') && !name.startsWith('.'))
    .sort()
    .map((name) => {
      const path = join(layout.receipts, name);
      try {
        return readReceiptFile(path);
      } catch (error) {
        throw new Error(`failed to parse plugin install receipt ${path}: ${(error as Error).message}`, { cause: error });
      }
    });
}

/** Writes a receipt as krew does, byte by byte. */
export const writeReceipt = (layout: KrewLayout, receipt: Receipt): void => replaceFile(receiptPath(layout, receipt.metadata.name), yamlText(receipt));
