import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatFeatureFile, parseFeatureFile } from './feature-file.ts';

const shown = (text: string): object =>
  Object.fromEntries([...parseFeatureFile(text).labels].map(([name, { value, expiresAt }]) => [name, expiresAt === undefined ? value : [value, expiresAt]]));
const time = Date.UTC(2030, 0, 1);

describe('a feature file', () => {
  const cases: readonly { name: string; text: string; want: object; problems?: number }[] = [
    { name: 'has a name and value on each line', text: 'a=1\nexample.com/b=two\n', want: { a: '1', 'example.com/b': 'two' } },
    { name: 'has true where there is no value', text: 'a', want: { a: 'true' } },
    { name: 'may have an empty value', text: 'a=\n', want: { a: '' } },
    { name: 'cuts at the first equals sign', text: 'a=b=c\n', want: { a: 'b=c' } },
    { name: 'has white space around its lines', text: '  a=1 \r\n\n\t\nb\r\n', want: { a: '1', b: 'true' } },
    { name: 'has comments', text: '# a=1\n#b\n #c\nd\n', want: { d: 'true' } },
    {
      name: 'lets labels expire below the directive',
      text: 'a\n# +expiry-time=2030-01-01T00:00:00Z\nb\nc=1\n',
      want: { a: 'true', b: ['true', time], c: ['1', time] },
    },
    {
      name: 'takes an offset from Greenwich and fractions of seconds',
      text: '# +expiry-time= 2030-01-01T02:00:00.5+02:00\na\n',
      want: { a: ['true', time + 500] },
    },
    { name: 'says the last expiry', text: '# +expiry-time=2040-01-01T00:00:00Z\n# +expiry-time=2030-01-01T00:00:00Z\na\n', want: { a: ['true', time] } },
    { name: 'has an expiry that is no time', text: '# +expiry-time=tomorrow\na\n', want: { a: 'true' }, problems: 1 },
    { name: 'has an expiry without a time', text: '# +expiry-time\na\n', want: { a: 'true' }, problems: 1 },
    { name: 'takes a label back', text: 'a\n# +no-label\na\nb\n', want: { b: 'true' } },
    { name: 'hides a label from rules, which are not here', text: '# +no-feature\na\n', want: { a: 'true' } },
    { name: 'has a directive that nobody knows', text: '# +colour=red\na\n', want: { a: 'true' }, problems: 1 },
    { name: 'has a label twice: the last counts', text: 'a=1\na=2\n', want: { a: '2' } },
    { name: 'is empty', text: '', want: {} },
  ];
  for (const { name, text, want, problems = 0 } of cases)
    it(name, () => {
      assert.deepEqual(shown(text), want);
      assert.equal(parseFeatureFile(text).problems.length, problems);
    });

  it('is written so that it reads the same', () => {
    const set = { labels: { b: '1', a: '', late: 'x', early: 'y' }, expiresAt: { late: time + 1_500, early: time } };
    const text = formatFeatureFile(set);
    assert.equal(text, 'a=\nb=1\n# +expiry-time=2030-01-01T00:00:00.000Z\nearly=y\n# +expiry-time=2030-01-01T00:00:01.500Z\nlate=x\n');
    assert.deepEqual(shown(text), { a: '', b: '1', early: ['y', time], late: ['x', time + 1_500] });
  });

  const unwritable: readonly Record<string, string>[] = [{ 'a\nb': '1' }, { a: '1\n' }, { '#a': '1' }, { 'a=b': '1' }, { ' a': '1' }];
  for (const labels of unwritable)
    it(`cannot hold ${JSON.stringify(labels)}`, () => {
      assert.throws(() => formatFeatureFile({ labels }), /cannot be written to a file/);
    });

  it('cannot hold more labels than a node may have', () => {
    assert.throws(() => formatFeatureFile({ labels: Object.fromEntries(Array.from({ length: 513 }, (_, index) => [`l${index}`, ''])) }), /more than 512/);
  });
});
