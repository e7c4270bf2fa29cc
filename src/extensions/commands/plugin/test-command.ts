import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Command, defineCommand } from '../../../extension-points/commands/contract.ts';
import type { PluginRuntime } from './plugin-runtime.ts';

/** `plugin test`: what an author runs after a change. wherry brings the Node and the type checker. */
export const createTestCommand = ({ packageDirectory, launcher }: PluginRuntime): Command =>
  defineCommand({
    name: 'test',
    short: 'Check the types of a plugin and run its tests',
    usage: 'test [FOLDER]',
    long: 'Check the types of a plugin, where a tsconfig.json is, and run the files that end in .test.ts, with the Node that wherry runs on.',
    async run({ args, directory, environment, streams }) {
      const folder = resolve(directory, args[0] ?? '.');
      const run = (program: string, ...rest: string[]): Promise<number> => runIn(folder, [program, ...rest], { ...environment, KUBECTL_PATH: launcher });
      const compiler = join(packageDirectory, 'node_modules', '.bin', 'tsc');
      if (!existsSync(compiler)) streams.stderr.write('types are not checked: this wherry came without TypeScript\n');
      else if (existsSync(join(folder, 'tsconfig.json'))) {
        const code = await run(compiler, '-p', folder);
        if (code !== 0) return code;
      }
      const tests = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
      if (tests.length === 0) throw new Error(`${folder}: there is no file that ends in .test.ts`);
      return run(process.execPath, '--test', ...tests);
    },
  });

function runIn(directory: string, [program = '', ...args]: readonly string[], environment: Readonly<Record<string, string | undefined>>): Promise<number> {
  const { promise, resolve: ended, reject } = Promise.withResolvers<number>();
  const { NODE_TEST_CONTEXT: _, ...clean } = environment;
  spawn(program, args, { cwd: directory, env: clean, stdio: 'inherit' })
    .once('error', reject)
    .once('exit', (code) => ended(code ?? 1));
  return promise;
}
