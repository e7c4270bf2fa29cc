import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeDirectories } from '../../../kernel/make-directories.ts';
import type { Discovery, ServedGroup, ServedVersion } from './contract.ts';

/** As long as kubectl keeps what it learnt. */
const maximumAgeMs = 6 * 60 * 60 * 1000;
const maximumFileBytes = 32 * 1024 * 1024;

/** What is kept between runs of what one server serves. A cache that cannot be read or written is no cache: nothing fails for it. */
export interface DiscoveryCache {
  read(): Discovery | undefined;
  write(discovery: Discovery): void;
  remove(): void;
}

/** Keeps it where kubectl keeps its own, in one file beside them: `CACHE-DIR/discovery/HOST_PORT/wherry.json`. */
export function createDiscoveryCache(options: { readonly directory: string; readonly server: string; readonly now: () => number }): DiscoveryCache {
  const path = join(options.directory, 'discovery', hostDirectory(options.server), 'wherry.json');
  return {
    read() {
      try {
        const information = statSync(path);
        const { mtimeMs, size } = information;
        if (!information.isFile() || size > maximumFileBytes || Math.abs(options.now() - mtimeMs) > maximumAgeMs) return undefined;
        const { format, discovery } = JSON.parse(readFileSync(path, 'utf8')) as { format: number; discovery: Discovery };
        return format === formatVersion && isDiscovery(discovery) ? discovery : undefined;
      } catch {
        return undefined; // absent, or half of one
      }
    },
    write(discovery) {
      const temporary = `${path}.${process.pid}.tmp`;
      try {
        makeDirectories(dirname(path), 0o750);
        writeFileSync(temporary, JSON.stringify({ format: formatVersion, discovery }), { mode: 0o640 });
        renameSync(temporary, path);
      } catch {
        remove(temporary); // a home that cannot be written to
      }
    },
    remove: () => remove(path),
  };
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // it could not be written either
  }
}

/** A file that somebody has changed, or half of one, is asked for anew. Which fields its resources have says the format. */
const isDiscovery = (value: Discovery | undefined): boolean =>
  Array.isArray(value?.problems) &&
  Array.isArray(value.groups) &&
  value.groups.every(
    (group: ServedGroup | undefined) =>
      Array.isArray(group?.versions) && group.versions.every((version: ServedVersion | undefined) => Array.isArray(version?.resources)),
  );

const formatVersion = 1;

/** The server without its scheme, in characters that every file system takes. */
const hostDirectory = (server: string): string => server.replace(/^https?:\/\//, '').replace(/[^0-9a-zA-Z/.-]/g, '_');
