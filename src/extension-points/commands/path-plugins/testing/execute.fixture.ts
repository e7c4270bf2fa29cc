import { executePlugin, runChild } from '../execute-plugin.ts';

const [how, path = '', ...args] = process.argv.slice(2);
try {
  process.exitCode = await (how === 'child' ? runChild : executePlugin)({ path, args, environment: { ...process.env, KUBECTL_PATH: '/bin/own' } });
} catch (error) {
  process.stderr.write(`Error: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
