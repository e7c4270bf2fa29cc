import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dump, load } from 'js-yaml';
import { readPlainYaml } from './plain-yaml.ts';

const plain: Readonly<Record<string, string>> = {
  'a file as kubectl writes it': `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: LS0tLS1CRUdJTg==
    server: https://127.0.0.1:6443
  name: kind
contexts:
- context:
    cluster: kind
    namespace: team-a
    user: kind
  name: kind
current-context: kind
kind: Config
preferences: {}
users:
- name: kind
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      args:
      - get-token
      - --cluster
      command: aws
      env: null
      interactiveMode: IfAvailable
      provideClusterInfo: false
`,
  'lists indented below their key': 'clusters:\n  - name: a\n    cluster:\n      server: https://a:1\n  - name: b\n    cluster: {}\n',
  'comments and empty lines': '# mine\nkind: Config\n\n  # there\nusers: []\n',
  'quoted words': `a: "x y"\nb: 'z'\nc: ""\n`,
  'lists of lists': 'a:\n- - b\n  - c\n- - d\n',
  'a list at the top': '- a\n- b: c\n  d: e\n-\n  f: g\n',
};

const notPlain: Readonly<Record<string, string>> = {
  'flow collections': 'a: {b: c}\n',
  'block texts': 'a: |\n  b\n',
  'folded lines': 'a: b\n  c\n',
  'escapes in quotes': 'a: "b\\n"\n',
  anchors: 'a: &b c\nd: *b\n',
  numbers: 'a: 12\n',
  dates: 'a: 2001-01-01\n',
  'several documents': 'a: b\n---\nc: d\n',
  'duplicate keys': 'a: b\na: c\n',
  'comments behind values': 'a: b #c\n',
  'mappings in values': 'a: b: c\n',
  'words that may be something else': 'a: yes\n',
  'keys that may be something else': 'null: a\n',
  tabs: 'a:\tb\n',
  'a wrong indent': 'a:\n    b: c\n  d: e\n',
  'keys behind a list': '- a\nb: c\n',
};

describe('plain YAML of kubeconfigs', () => {
  for (const [name, text] of Object.entries(plain)) it(`reads ${name} as the library does`, () => assert.deepEqual(readPlainYaml(text), load(text)));

  for (const [name, text] of Object.entries(notPlain)) it(`leaves ${name} to the library`, () => assert.equal(readPlainYaml(text), undefined));

  it('reads what the library writes of random configurations', () => {
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
    const words = [
      'a',
      'wherry',
      'https://[::1]:6443',
      'LS0t+/x==',
      'a-b.c',
      '',
      'x y',
      '12',
      'true',
      '#x',
      'a: b',
      '- x',
      '/etc/ca.crt',
      'null',
      '~',
      'é',
      "it's",
      '1e3',
    ];
    const value = (depth: number): unknown => {
      const kind = random(depth > 4 ? 2 : 5);
      if (kind < 2) return random(9) === 0 ? random(2) === 0 : words[random(words.length)];
      if (kind < 4) return Object.fromEntries(Array.from({ length: random(4) }, () => [words[random(5)]! || 'k', value(depth + 1)]));
      return Array.from({ length: random(4) }, () => value(depth + 1));
    };
    let answered = 0;
    for (let round = 0; round < 2000; round++) {
      const text = dump(value(0));
      const read = readPlainYaml(text);
      if (read === undefined) continue;
      answered++;
      assert.deepEqual(read, load(text), text);
    }
    assert.ok(answered > 100, `${answered} were plain`);
  });
});
