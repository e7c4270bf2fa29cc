import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FlagTable } from '../contract.ts';
import { createFlagSet, parseFlags } from './parse-flags.ts';

const table: FlagTable = {
  output: { type: 'string', shorthand: 'o', description: '' },
  all: { type: 'boolean', shorthand: 'A', description: '' },
  watch: { type: 'boolean', shorthand: 'w', description: '' },
  lines: { type: 'integer', default: 5, description: '' },
  small: { type: 'integer', bits: 32, description: '' },
  wait: { type: 'duration', description: '' },
  list: { type: 'list', shorthand: 'l', default: ['x'], description: '' },
  array: { type: 'array', description: '' },
  pairs: { type: 'pairs', description: '' },
  verbose: { type: 'count', shorthand: 'v', description: '' },
  'dry-run': { type: 'string', default: 'none', bareValue: 'unchanged', description: '' },
  old: { type: 'boolean', deprecated: 'use --new instead', description: '' },
};
const parse = (...line: string[]) => parseFlags(createFlagSet(table), line);

describe('parseFlags', () => {
  const cases: { line: string[]; values?: Record<string, unknown>; args?: string[] }[] = [
    { line: ['a', '-o', 'wide', 'b'], values: { output: 'wide' }, args: ['a', 'b'] },
    { line: ['-owide'], values: { output: 'wide' } },
    { line: ['-o=wide'], values: { output: 'wide' } },
    { line: ['-Aw'], values: { all: true, watch: true } },
    { line: ['-Awojson'], values: { all: true, watch: true, output: 'json' } },
    { line: ['--output=a=b'], values: { output: 'a=b' } },
    { line: ['--output', '--all'], values: { output: '--all', all: false } },
    { line: ['--all=false', '--watch=1'], values: { all: false, watch: true } },
    { line: ['--all', 'false'], values: { all: true }, args: ['false'] },
    { line: ['-A=false'], values: { all: false } },
    { line: ['--dry_run=client'], values: { 'dry-run': 'client' } },
    { line: ['--dry-run', 'client'], values: { 'dry-run': 'unchanged' }, args: ['client'] },
    { line: ['--lines=0x10', '--wait=1m1.5s'], values: { lines: 16, wait: 61_500 } },
    { line: [], values: { lines: 5, list: ['x'], output: '' } },
    { line: ['-l', 'a,b', '--list=c'], values: { list: ['a', 'b', 'c'] } },
    { line: ['--list="a,b",c'], values: { list: ['a,b', 'c'] } },
    { line: ['--array=a,b', '--array=c'], values: { array: ['a,b', 'c'] } },
    { line: ['--pairs=a=b,c=d', '--pairs', 'a=e'], values: { pairs: { a: 'e', c: 'd' } } },
    { line: ['--pairs=a=b,c'], values: { pairs: { a: 'b,c' } } },
    { line: ['--pairs="a=b"'], values: { pairs: { a: 'b' } } },
    { line: ['--pairs=a=b=c'], values: { pairs: { a: 'b=c' } } },
    { line: ['--pairs="a=b,c",d=='], values: { pairs: { a: 'b,c', d: '=' } } },
    { line: ['--pairs==x'], values: { pairs: { '': 'x' } } },
    { line: ['-vv', '--verbose'], values: { verbose: 3 } },
    { line: ['-', '--', '--all', '-x'], values: { all: false }, args: ['-', '--all', '-x'] },
  ];
  for (const { line, values = {}, args = [] } of cases) {
    it(`reads ${line.join(' ') || 'nothing'}`, () => {
      const parsed = parse(...line);
      assert.deepEqual(parsed.args, args);
      for (const [name, value] of Object.entries(values)) assert.deepEqual(parsed.values[name], value, name);
    });
  }

  const mistakes: { line: string[]; says: string }[] = [
    { line: ['--foo'], says: 'unknown flag: --foo' },
    { line: ['--foo=1'], says: 'unknown flag: --foo' },
    { line: ['-Az'], says: "unknown shorthand flag: 'z' in -z" },
    { line: ['--output'], says: 'flag needs an argument: --output' },
    { line: ['-Ao'], says: "flag needs an argument: 'o' in -o" },
    { line: ['--=x'], says: 'bad flag syntax: --=x' },
    { line: ['---x'], says: 'bad flag syntax: ---x' },
    { line: ['--all=maybe'], says: 'invalid argument "maybe" for "-A, --all" flag: strconv.ParseBool: parsing "maybe": invalid syntax' },
    { line: ['--pairs=a'], says: 'invalid argument "a" for "--pairs" flag: a must be formatted as key=value' },
    { line: ['--pairs='], says: 'invalid argument "" for "--pairs" flag:  must be formatted as key=value' },
    { line: ['--pairs=a=b,c=d,'], says: 'invalid argument "a=b,c=d," for "--pairs" flag:  must be formatted as key=value' },
    {
      line: ['--pairs=a="b,c=d'],
      says: String.raw`invalid argument "a=\"b,c=d" for "--pairs" flag: parse error on line 1, column 3: bare " in non-quoted-field`,
    },
    { line: ['--lines=a'], says: 'invalid argument "a" for "--lines" flag: strconv.ParseInt: parsing "a": invalid syntax' },
    { line: ['--small=3000000000'], says: 'invalid argument "3000000000" for "--small" flag: strconv.ParseInt: parsing "3000000000": value out of range' },
    { line: ['--wait=5'], says: 'invalid argument "5" for "--wait" flag: time: missing unit in duration "5"' },
  ];
  for (const { line, says } of mistakes) it(`says ${says}`, () => assert.throws(() => parse(...line), { message: says }));

  it('tells what was given, of deprecated flags, and where the dashes stood', () => {
    const parsed = parse('a', '--old', '--', 'b');
    assert.deepEqual([[...parsed.given], parsed.warnings, parsed.argumentsBeforeDashes], [['old'], ['Flag --old has been deprecated, use --new instead'], 1]);
    assert.equal(parse('a').argumentsBeforeDashes, -1);
  });

  it('sees a wish for help unless it is taken back', () => {
    assert.deepEqual([parse('--help').wantsHelp, parse('-h').wantsHelp, parse('-Ah').wantsHelp, parse('--help=false').wantsHelp], [true, true, true, false]);
  });
});
