import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { globalFlags } from '../cluster/global-flags.ts';
import { defineCommand, type Streams } from '../contract.ts';
import { withPreferences } from './preferred-line.ts';

const homeDirectory = mkdtempSync(join(tmpdir(), 'preferences-'));
after(() => rmSync(homeDirectory, { recursive: true }));
mkdirSync(join(homeDirectory, '.kube'));
const file = join(homeDirectory, '.kube', 'kuberc');

const commands = [
  defineCommand({
    name: 'get',
    short: '',
    usage: 'get',
    flags: { output: { type: 'string', shorthand: 'o', description: '' }, watch: { type: 'boolean', shorthand: 'w', description: '' } },
    run: () => undefined,
  }),
  defineCommand({
    name: 'set',
    short: '',
    usage: 'set',
    subcommands: [defineCommand({ name: 'env', short: '', usage: 'env', flags: { output: { type: 'string', description: '' } }, run: () => undefined })],
  }),
];

const head = 'apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n';
const kuberc = `${head}
defaults:
- {command: get, options: [{name: output, default: wide}]}
- {command: set env, options: [{name: output, default: yaml}]}
aliases:
- {name: getn, command: get, prependArgs: [nodes], appendArgs: [--, x], options: [{name: output, default: name}]}
- {name: senv, command: set env}
- {name: get, command: set}
- {name: lost, command: nope}
`;

/** What a line becomes, and what was told beside it. */
async function preferred(line: string, { text = kuberc, environment = {} }: { text?: string; environment?: Record<string, string> } = {}): Promise<string> {
  writeFileSync(file, text);
  const told: string[] = [];
  const streams = { stderr: { write: (warning: string) => void told.push(warning) } } as unknown as Streams;
  const words = line === '' ? [] : line.split(' ');
  const found = await withPreferences({ program: 'kubectl', arguments: words, commands, globalFlags, streams, environment, homeDirectory });
  return [...told, found.arguments.join(' ')].join('');
}

describe('preferences', () => {
  const cases: readonly (readonly [typed: string, meant: string])[] = [
    ['', ''],
    ['get pods', 'get --output=wide pods'],
    ['-n x get pods', 'get --output=wide -n x pods'],
    ['get pods -o json', 'get pods -o json'],
    ['get pods -ojson', 'get pods -ojson'],
    ['get pods --output=json', 'get pods --output=json'],
    ['set env pod/x', 'set env --output=yaml pod/x'],
    ['getn', 'get --output=name nodes -- x'],
    ['getn a -w', 'get --output=name nodes a -w -- x'],
    ['getn a -wo json', 'get nodes a -wo json -- x'],
    ['senv pod/x', 'set env pod/x'],
    ['set', 'set'],
    ['nothing here', 'nothing here'],
    ['__complete get ', '__complete get '],
  ];
  for (const [typed, meant] of cases)
    it(`make ${JSON.stringify(meant)} of ${JSON.stringify(typed)}`, async () => {
      assert.equal(await preferred(typed), meant);
    });

  it('are turned off by the environment', async () => {
    assert.equal(await preferred('get pods', { environment: { KUBERC: 'off' } }), 'get pods');
    assert.equal(await preferred('get pods', { environment: { KUBECTL_KUBERC: 'false' } }), 'get pods');
  });

  it('come from the file that a flag or the environment names', async () => {
    const other = join(homeDirectory, 'other');
    writeFileSync(other, `${head}defaults: [{command: get, options: [{name: watch, default: "true"}]}]`);
    assert.equal(await preferred(`get pods --kuberc=${other}`), `get --watch=true pods --kuberc=${other}`);
    assert.equal(await preferred('get pods', { environment: { KUBERC: other } }), 'get --watch=true pods');
  });

  it('may be in the older words, behind documents that are something else', async () => {
    const text = `a: [\n---\nkind: Other\n---\n${head.replace('v1beta1', 'v1alpha1')}overrides: [{command: get, flags: [{name: output, default: name}]}]`;
    assert.equal(await preferred('get pods', { text }), 'get --output=name pods');
  });

  it('are told of what they say and what means nothing', async () => {
    assert.equal(
      await preferred('get pods', { text: `${head}foo: 1\ndefaults: [{command: gone, options: []}]` }),
      `kuberc: ignoring strict decoding error in ${file}: strict decoding error: unknown field "foo"Warning: command "gone" not found to set kuberc override\nget pods`,
    );
    assert.equal(
      await preferred('get pods', { text: 'a: [' }),
      `kuberc: no preferences loaded from ${file}: no valid preferences found in ${file}, use --v=5 to see detailsget pods`,
    );
  });

  const refused: readonly (readonly [line: string, text: string, problem: string])[] = [
    ['lost', kuberc, 'command "nope" not found to set alias "lost": [nope]'],
    ['get --kuberc', kuberc, 'kuberc file is not found'],
    ['get --kuberc=/no/such', kuberc, 'kuberc error kuberc: open /no/such: no such file or directory'],
    ['get', `${head}aliases: [{name: a-b, command: get}]`, 'invalid alias name, can only include alphabetical characters'],
    ['get', `${head}aliases: [{name: ab, command: get}, {name: ab, command: get}]`, 'duplicate alias name ab'],
    ['get', `${head}defaults: [{command: get, options: [{name: --x, default: z}]}]`, 'flag name --x should be in long form without dashes'],
    ['get', `${head}defaults: [{command: get, options: [{name: x, default: z}]}]`, 'invalid flag x for command get'],
    [
      'get',
      `${head}defaults: [{command: get, options: [{name: watch, default: maybe}]}]`,
      'could not apply override value maybe to flag watch in command get err: invalid argument "maybe" for "-w, --watch" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
    ['get', `${head}credentialPluginPolicy: Foo`, 'unknown plugin policy: "Foo"'],
  ];
  for (const [line, text, problem] of refused)
    it(`are refused: ${problem}`, async () => {
      await assert.rejects(preferred(line, { text }), { message: `error occurred while applying preferences ${problem}`, code: 1 });
    });

  it('say which credential plugins may run', async () => {
    writeFileSync(file, `${head}credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{command: a}, {name: b}]`);
    const streams = { stderr: { write: () => undefined } } as unknown as Streams;
    const { pluginPolicy } = await withPreferences({ program: 'kubectl', arguments: ['get'], commands, globalFlags, streams, environment: {}, homeDirectory });
    assert.deepEqual(pluginPolicy, { type: 'Allowlist', allowlist: ['a', 'b'] });
  });
});
