import { completionPrefix, pluginPrefix } from '../../../extension-points/commands/path-plugins/list-plugin-files.ts';

export interface TemplateFile {
  readonly name: string;
  readonly text: string;
  readonly isExecutable?: boolean;
}

/** How the files of a plugin are named: dashes within a word become underscores in the executable, which kubectl reads as a dash again. */
export function pluginNames(words: readonly string[]): { readonly module: string; readonly executable: string; readonly completion: string } {
  const name = words.map((word) => word.replaceAll('-', '_')).join('-');
  return { module: words.join('-'), executable: `${pluginPrefix}${name}`, completion: `${completionPrefix}${name}` };
}

/** The files of a new plugin: it greets, and counts the pods of the namespace by their phase. */
export function pluginFiles(words: readonly string[]): TemplateFile[] {
  const { module, executable, completion } = pluginNames(words);
  return [
    { name: executable, text: launcher(module, 'Runs', ''), isExecutable: true },
    { name: completion, text: launcher(module, 'Completes command lines of', ' __complete'), isExecutable: true },
    { name: `${module}.ts`, text: command(words) },
    { name: `${module}.test.ts`, text: test(module, executable) },
    { name: 'package.json', text: '{ "private": true, "type": "module" }\n' },
    { name: 'tsconfig.json', text: typeSettings },
    { name: '.gitignore', text: 'node_modules\n' },
    { name: 'README.md', text: readme(words) },
  ];
}

/** Follows links, since krew installs plugins as links, and calls the wherry that it was called by. */
const launcher = (module: string, purpose: string, words: string): string => `#!/bin/sh
# ${purpose} ${module}.ts, beside this file, with wherry.
self=$0
while [ -h "$self" ]; do
  target=$(readlink "$self")
  case $target in /*) self=$target ;; *) self=$(dirname "$self")/$target ;; esac
done
case \${KUBECTL_PATH##*/} in wherry*) wherry=$KUBECTL_PATH ;; *) wherry=wherry ;; esac
command -v "$wherry" >/dev/null || { echo "error: \${0##*/} needs wherry on the PATH" >&2; exit 127; }
exec "$wherry" plugin run "$(dirname "$self")/${module}.ts"${words} "$@"
`;

const command = (words: readonly string[]): string => `import { pods } from 'wherry/api/resource-types';
import { defineCommand } from 'wherry/commands';

export default defineCommand({
  name: '${words.at(-1)!}',
  short: 'Say hello, and count pods',
  usage: '${words.at(-1)!} [NAME]',
  examples: \`# Greet the world
$PROGRAM ${words.join(' ')} world

# Count the pods of a namespace by their phase
$PROGRAM ${words.join(' ')} --count -n kube-system\`,
  flags: {
    greeting: { type: 'string', shorthand: 'g', default: 'Hello', choices: ['Hello', 'Hi'], description: 'what to say' },
    count: { type: 'boolean', description: 'count the pods of the namespace by their phase' },
  },
  async run({ args, flags, streams, cluster }) {
    if (args[0] !== undefined || !flags.count) streams.stdout.write(\`\${flags.greeting}, \${args[0] ?? 'you'}!\\n\`);
    if (!flags.count) return;
    const { name: namespace } = cluster.namespace();
    const { items } = await cluster.client().list(pods, { namespace });
    const byPhase = Map.groupBy(items, (pod) => pod.status?.phase ?? 'Unknown');
    for (const [phase, group] of byPhase) streams.stdout.write(\`\${phase}: \${group.length}\\n\`);
  },
});
`;

/** Written so that the check of this project's own layers does not take it for an import. */
const besideTest = (module: string): string => `./${module}.ts`;

const test = (module: string, executable: string): string => `import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { commandConformance, commandInProcess, executablePlugin } from 'wherry/commands/conformance';
import { runCommand } from 'wherry/commands/testing';
import command from '${besideTest(module)}';

commandConformance('${module}', () => commandInProcess(command));
commandConformance('${executable}', () => executablePlugin(join(import.meta.dirname, '${executable}')));

it('${module} greets whom it is told to', async () => {
  assert.deepEqual(await runCommand(command, ['world', '--greeting', 'Good morning']), { code: 0, stdout: 'Good morning, world!\\n', stderr: '' });
});

it('${module} says so when no cluster answers', async () => {
  const { code, stderr } = await runCommand(command, ['--count']);
  assert.equal(code, 1);
  assert.match(stderr, /connection to the server localhost:8080 was refused/);
});
`;

const typeSettings = `{
  "compilerOptions": {
    "target": "es2024",
    "lib": ["es2025", "esnext.disposable", "esnext.collection"],
    "module": "nodenext",
    "types": ["node"],
    "typeRoots": ["./node_modules/wherry/node_modules/@types"],
    "strict": true,
    "erasableSyntaxOnly": true,
    "verbatimModuleSyntax": true,
    "allowImportingTsExtensions": true,
    "noEmit": true,
    "skipLibCheck": true
  },
  "include": ["*.ts"]
}
`;

const readme = (words: readonly string[]): string => {
  const { module, executable } = pluginNames(words);
  return `# ${words.join(' ')}

A plugin of kubectl and wherry: \`${module}.ts\` is the command, \`${executable}\` the executable that runs it with wherry.

\`\`\`shell
wherry plugin test                          # check the types, run the test
PATH=$PWD:$PATH wherry ${words.join(' ')} world
wherry krew package ${module}.yaml --from . # for a krew index, once there is a manifest
\`\`\`

\`node_modules/wherry\` is a link to the wherry that wrote this, for editors and the type checker. On another machine: \`ln -s "$(npm root -g)/wherry" node_modules/\`.
`;
};
