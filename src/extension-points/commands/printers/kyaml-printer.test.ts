import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { kyamlText } from './kyaml-printer.ts';

describe('kyamlText', () => {
  const cases: readonly { readonly value: unknown; readonly text: string }[] = [
    { value: {}, text: '{}' },
    { value: [], text: '[]' },
    { value: 'a"\\b', text: '"a\\"\\\\b"' },
    { value: '\u0001\u001b\u00a0\u2028é😀\t', text: '"\\x01\\e\\_\\Lé😀\t"' },
    { value: { b: [1, null, 'x'], a: { c: true } }, text: '{\n  a: {\n    c: true,\n  },\n  b: [\n    1,\n    null,\n    "x",\n  ],\n}' },
    { value: [{ a: 1 }, []], text: '[{\n  a: 1,\n}, []]' },
    { value: { a: 'x\n y\n\nz' }, text: '{\n  a: "\\\n     x\\n\\\n    \\ y\\n\\\n     \\n\\\n     z\\\n    ",\n}' },
    { value: { a: 'x\n' }, text: '{\n  a: "\\\n     x\\n\\\n    ",\n}' },
  ];
  for (const { value, text } of cases) it(`writes ${JSON.stringify(value)}`, () => assert.equal(kyamlText(value), `---\n${text}\n`));

  const quoted = ['', 'yes', 'Null', 'n', 'T', '12', '0x1F', '0o7', '1_000', '1e3', '.inf', '2024-01-02', 'a:', '-a', 'a-', 'a b', 'a\tb'];
  const plain = ['a', 'app.kubernetes.io/name', '_x', 'é', '2024-13-02x', '12-a', 'nope', '0o', 'a_b-c.d/e'];
  for (const key of quoted) it(`quotes the key ${JSON.stringify(key)}`, () => assert.match(kyamlText({ [key]: 1 }), /^---\n\{\n {2}".*": 1,\n\}\n$/));
  for (const key of plain) it(`leaves the key ${JSON.stringify(key)} bare`, () => assert.equal(kyamlText({ [key]: 1 }), `---\n{\n  ${key}: 1,\n}\n`));
});
