import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import { columnsOfSpec, customColumnsPrinter } from './custom-columns-printer.ts';
import { goTemplatePrinter } from './go-template-printer.ts';
import { jsonPathPrinter } from './jsonpath-printer.ts';
import { sortObjects } from './sort-objects.ts';
import { TabWriter } from './tab-writer.ts';
import { humanDuration, tablePrinter } from './table-printer.ts';
import { yamlText } from './yaml-text.ts';

const object: UntypedObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', labels: { app: 'x', 'a/b': 'y' } },
  spec: { replicas: 3, ratio: 0.5, on: true, list: [{ n: 'a', v: 1 }, { n: 'b', v: 2 }, { n: 'c' }], none: null },
};

describe('yamlText', () => {
  const cases: { value: unknown; text: string }[] = [
    { value: 'yes', text: '"yes"\n' },
    { value: '1e3', text: '"1e3"\n' },
    { value: '2024-01-02', text: '"2024-01-02"\n' },
    { value: 'a: b', text: "'a: b'\n" },
    { value: "it's", text: "it's\n" },
    { value: { b: [{ x: 1, y: [] }], a: { '10': 1, '9': 2 } }, text: 'a:\n  "9": 2\n  "10": 1\nb:\n- x: 1\n  "y": []\n' },
    { value: { a: 'x\n' }, text: 'a: |\n  x\n' },
    { value: { a: 'x' }, text: 'a: x\n' },
    { value: { a: '\tx' }, text: 'a: "\\tx"\n' },
    { value: [[1, 2], null], text: '- - 1\n  - 2\n- null\n' },
    { value: [1e-7, 1234567.5, 12345678, 0.5], text: '- 1e-07\n- 1.2345675e+06\n- 12345678\n- 0.5\n' },
  ];
  for (const { value, text } of cases) it(`writes ${JSON.stringify(value)}`, () => assert.equal(yamlText(value), text));

  it('folds long lines', () => {
    const words = 'word '.repeat(20).trim();
    assert.equal(yamlText({ a: words }), `a: ${'word '.repeat(16).trim()}\n  ${'word '.repeat(4).trim()}\n`);
  });
});

describe('TabWriter', () => {
  it('makes columns as wide as their widest cell and three blanks', () => {
    const writer = new TabWriter();
    writer.write('NAME\tA\tB\nweb-server\t1\tlast one\n');
    assert.equal(writer.flush(), 'NAME         A     B\nweb-server   1     last one\n');
    writer.write('x\t2\ty\n');
    assert.equal(writer.flush(), 'x            2     y\n');
  });
});

describe('jsonpath', () => {
  const cases: { template: string; text: string }[] = [
    { template: '{.metadata.name}-{.spec.replicas}', text: 'web-3' },
    { template: '{.spec.list[*].n}', text: 'a b c' },
    { template: '{.spec.list[-1].n}{.spec.list[0:2].n}', text: 'ca b' },
    { template: '{.spec.list[?(@.v>1)].n}', text: 'b' },
    { template: '{.spec.list[?(@.v)].n}', text: 'a b' },
    { template: '{range .spec.list[*]}{.n}={.v}{"\\n"}{end}', text: 'a=1\nb=2\nc=\n' },
    { template: "{.metadata.labels['a/b']}", text: 'y' },
    { template: '{.metadata.labels.a/b}', text: 'y' },
    { template: '{.spec.none}', text: 'null' },
    { template: '{.metadata.labels}', text: '{"a/b":"y","app":"x"}' },
    { template: "{.spec['on','ratio']}", text: 'true 0.5' },
    { template: '{..n}', text: 'a b c' },
    { template: '{"\\x41BC\\u00e9"}', text: 'ABCé' },
  ];
  for (const { template, text } of cases)
    it(`fills ${template} in`, () => assert.equal(jsonPathPrinter(template, { allowsMissingKeys: true }).print(object), text));
  const mistakes = ['{.x', '{.x[}', '{.x[?(@.y]}', '{.x["a"]}', '{....x}', '{"\\q"}', '{"\\\\"}'];
  for (const template of mistakes)
    it(`refuses ${template}`, () => assert.throws(() => jsonPathPrinter(template, { allowsMissingKeys: true }), /^Error: error parsing jsonpath /));
  it('refuses an end without a range when it is filled in', () =>
    assert.throws(() => jsonPathPrinter('{end}', { allowsMissingKeys: true }).print(object), /Error executing template: not in range, nothing to end\./));
});

describe('Go templates', () => {
  const cases: { template: string; text: string }[] = [
    { template: '{{.metadata.name}}', text: 'web' },
    { template: '{{range $i, $e := .spec.list}}{{if $i}},{{end}}{{$e.n}}{{end}}', text: 'a,b,c' },
    { template: '{{range $k, $v := .metadata.labels}}{{$k}}={{$v}};{{end}}', text: 'a/b=y;app=x;' },
    { template: '{{with .nope}}x{{else with .kind}}{{.}}{{end}}', text: 'Pod' },
    { template: '{{if eq .spec.replicas 2 3}}yes{{else if .x}}no{{end}}', text: 'yes' },
    { template: '{{- /* gone */ -}} a {{- "b" -}} c', text: 'abc' },
    { template: '{{$x := 1}}{{range .spec.list}}{{$x = len .n}}{{break}}{{end}}{{$x}}', text: '1' },
    { template: '{{index .metadata.labels "a/b" | printf "%q"}}', text: '"y"' },
    { template: '{{define "t"}}<{{.}}>{{end}}{{template "t" .kind}}', text: '<Pod>' },
    { template: '{{and .kind .nope}} {{or .nope .kind}} {{not .kind}}', text: '<no value> Pod false' },
    { template: '{{exists . "spec" "list" 0 "n"}} {{base64decode "YQ=="}}', text: 'true a' },
    { template: '{{.spec.list}}', text: '[map[n:a v:1] map[n:b v:2] map[n:c]]' },
    { template: '{{printf "%#v" .metadata.labels}}{{.kind | }}', text: 'map[string]interface {}{"a/b":"y", "app":"x"}Pod' },
    { template: '{{(index .spec.list 1).n}} {{slice "abc" 1}} {{html "<"}}', text: 'b bc &lt;' },
  ];
  for (const { template, text } of cases)
    it(`fills ${template} in`, () => assert.equal(goTemplatePrinter(template, { allowsMissingKeys: true }).print(object), text));
  const mistakes: { template: string; says: RegExp }[] = [
    { template: '{{foo}}', says: /template: output:1: function "foo" not defined/ },
    { template: '{{$x}}', says: /undefined variable "\$x"/ },
    { template: '{{if .x}}', says: /unexpected EOF/ },
    { template: '{{.x', says: /unclosed action/ },
    { template: '{{end}}', says: /unexpected \{\{end\}\}/ },
    { template: '{{ /* c */ }}', says: /unexpected "\/" in command/ },
    { template: '{{.x)}}', says: /unexpected right paren/ },
    { template: '{{.x | 3}}', says: /non executable command in pipeline stage 2/ },
    { template: '{{if .x}}{{end .averylongfield}}', says: /unexpected "\.averylong"\.\.\. in end/ },
    { template: '{{"\\q"}}', says: /template: output:1: invalid syntax/ },
    { template: '{{break}}', says: /\{\{break\}\} outside \{\{range\}\}/ },
  ];
  for (const { template, says } of mistakes)
    it(`refuses ${template}`, () => assert.throws(() => goTemplatePrinter(template, { allowsMissingKeys: true }), says));
  const faults: { template: string; says: string }[] = [
    { template: '{{index .spec.list 5}}', says: 'output:1:2: executing "output" at <index .spec.list 5>: error calling index: index out of range: 5' },
    { template: '{{template "nope" .kind}}', says: 'output:1:11: executing "output" at <{{template "nope" .kind}}>: template "nope" not defined' },
    { template: '{{base64decode .spec.ratio}}', says: 'output:1:20: executing "output" at <.spec.ratio>: wrong type for value; expected string; got float64' },
    { template: '{{.nope | printf}}', says: 'output:1:10: executing "output" at <printf>: invalid value; expected string' },
    { template: '{{eq .kind .spec.on}}', says: 'error calling eq: incompatible types for comparison: string and bool' },
    { template: '{{not 1 2}}', says: 'output:1:2: executing "output" at <not>: wrong number of args for not: want 1 got 2' },
  ];
  for (const { template, says } of faults)
    it(`says where ${template} fails`, () =>
      assert.throws(
        () => goTemplatePrinter(template, { allowsMissingKeys: true }).print(object),
        (error: Error) => error.message.endsWith(`${says}\n`),
      ));
});

describe('tables', () => {
  it('show custom columns', () => {
    const printer = customColumnsPrinter(columnsOfSpec('NAME:.metadata.name,ALL:{.spec.list[*].n},NONE:x'), { hasNoHeaders: false });
    assert.equal(printer.print(object), 'NAME   ALL     NONE\nweb    a,b,c   <none>\n');
    assert.throws(() => columnsOfSpec('A'), /unexpected custom-columns spec: A, expected <header>:<json-path-expr>/);
  });

  it('show custom columns up to the first object that one does not fit', () => {
    const list = { kind: 'List', items: [object, { ...object, spec: { list: [] } }, object] } as unknown as UntypedObject;
    const printer = customColumnsPrinter(columnsOfSpec('FIRST:.spec.list[0].n'), { hasNoHeaders: false });
    assert.throws(() => printer.print(list), { code: 1, output: 'FIRST\na\n', message: 'error: array index out of bounds: index 0, length 0\n' });
  });

  it('leave labels that an object lacks blank', () => {
    const printer = tablePrinter({ columnLabels: ['app', 'none'], now: 0 });
    printer.print(object);
    assert.equal(printer.flush(), 'NAME   AGE         APP   NONE\nweb    <unknown>   x     \n');
  });

  it('show headings once, and what happened', () => {
    const printer = tablePrinter({ columnLabels: ['app'], withNamespace: true });
    const table = { apiVersion: 'meta.k8s.io/v1', kind: 'Table', metadata: {}, rows: [{ cells: ['web', 'a\nb'], object }] };
    const column = (name: string, priority = 0) => ({ name, type: 'string', format: name === 'Name' ? 'name' : '', description: '', priority });
    printer.print({ ...table, columnDefinitions: [column('Name'), column('Text')] });
    printer.print({ ...table, columnDefinitions: [] });
    assert.equal(printer.flush(), 'NAMESPACE   NAME   TEXT   APP\n            web    a...   x\n            web    a...   x\n');
  });

  const ages: [number, string][] = [
    [0, '0s'],
    [119, '119s'],
    [120, '2m'],
    [130, '2m10s'],
    [600, '10m'],
    [10_799, '179m'],
    [10_800, '3h'],
    [10_860, '3h1m'],
    [28_800, '8h'],
    [172_800, '2d'],
    [176_400, '2d1h'],
    [691_200, '8d'],
    [63_072_000, '2y'],
    [-5, '<invalid>'],
  ];
  for (const [seconds, text] of ages) it(`say ${text} for ${seconds} s`, () => assert.equal(humanDuration(seconds * 1000), text));
});

describe('sortObjects', () => {
  const named = (name: string, value?: unknown): UntypedObject => ({ metadata: { name }, ...(value === undefined ? {} : { value }) });
  const sort = (...values: unknown[]): (string | undefined)[] =>
    sortObjects(
      values.map((value, index) => named(String(index), value)),
      '.value',
    ).map(({ metadata }) => metadata.name);
  it('sorts texts, numbers and quantities', () => {
    assert.deepEqual(sort('b', 'a'), ['1', '0']);
    assert.deepEqual(sort(10, 9), ['1', '0']);
    assert.deepEqual(sort('1', '100m', '2Ki'), ['1', '0', '2']);
  });
  it('puts what lacks the field first, and refuses a field that nothing has', () => {
    assert.deepEqual(sort('b', undefined), ['1', '0']);
    assert.throws(() => sort(undefined, undefined), /couldn't find any field with path "\{\.value\}" in the list of objects/);
  });
});
