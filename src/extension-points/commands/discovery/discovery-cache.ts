import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Discovery } from './contract.ts';

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
        const { mtimeMs, size } = statSync(path);
        if (size > maximumFileBytes || Math.abs(options.now() - mtimeMs) > maximumAgeMs) return undefined;
        const { format, discovery } = JSON.parse(readFileSync(path, 'utf8')) as { format: number; discovery: Discovery };
        return format === formatVersion ? discovery : undefined;
      } catch {
        return undefined; // absent, or half of one
      }
    },
    write(discovery) {
      const temporary = `${path}.${process.pid}.tmp`;
      try {
        mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
        writeFileSync(temporary, JSON.stringify({ format: formatVersion, discovery }), { mode: 0o640 });
        renameSync(temporary, path);
      } catch {
        rmSync(temporary, { force: true }); // a home that cannot be written to
      }
    },
    remove: () => rmSync(path, { force: true }),
  };
}

const formatVersion = 1;

/** The server without its scheme, in characters that every file system takes. */
const hostDirectory = (server: string): string => server.replace(/^https?:\/\//, '').replace(/[^0-9a-zA-Z/.-]/g, '_');
