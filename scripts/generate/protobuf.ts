/**
 * Generates message codecs from the `.proto` files under src/api into src/api/generated, in the same sub-folders: `cri/runtime.proto` becomes `cri/runtime_pb.js`
 * with its `.d.ts`. JavaScript with declarations, because the TypeScript form has `enum`s, which type stripping refuses. Works offline.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const repository = join(import.meta.dirname, '../..');
const source = join(repository, 'src/api');
const target = join(source, 'generated');

/** Writes every codec; throws with the compiler's own message when a `.proto` is wrong. */
export function generateProtobuf(): void {
  const compiler = packagedProgram('@bufbuild/buf', 'bin/buf');
  const plugin = packagedProgram('@bufbuild/protoc-gen-es', 'bin/protoc-gen-es');
  // Both programs are started with this Node, since their first line would pick whatever `node` the machine has.
  const template = { version: 'v2', plugins: [{ local: [process.execPath, plugin], out: target, opt: ['target=js+dts'] }] };
  const cache = mkdtempSync(join(tmpdir(), 'wherry-protobuf-'));
  mkdirSync(target, { recursive: true });
  try {
    execFileSync(process.execPath, [compiler, 'generate', source, '--template', JSON.stringify(template)], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, BUF_CACHE_DIR: cache },
    });
  } catch (error) {
    const said = (error as { stderr?: Buffer }).stderr?.toString().trim();
    throw new Error(`generating protobuf codecs failed${said ? `: ${said}` : ''}`, { cause: error });
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}

function packagedProgram(name: string, path: string): string {
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  return join(dirname(manifest), path);
}

if (import.meta.main) generateProtobuf();
