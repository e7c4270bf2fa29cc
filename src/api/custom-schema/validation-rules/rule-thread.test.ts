import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Schema, ValidationRule } from '../../schema.ts';
import { compileSchema } from '../../schema-processor.ts';
import { fieldErrorText } from '../../status.ts';
import { RuleEvaluation, type RuleEvaluationOptions } from './rule-evaluation.ts';
import { type LongRule, type LongRules, RuleThread } from './rule-thread.ts';

const spend = (levels: number): string => '[0,1,2,3,4,5,6,7,8,9].all(a, '.repeat(levels) + 'true' + ')'.repeat(levels);

/** No rule may loop here. */
const noTime = { ruleMs: -1 };

async function errorsOf(schema: Schema, object: object, options: Partial<RuleEvaluationOptions>, old?: object): Promise<string[]> {
  const rules = new RuleEvaluation({ warn: () => undefined, ...options });
  const limits = { prune: false, applyDefaults: false, dialect: 'custom', only: 'values', rules } as const;
  compileSchema(schema, { get: () => undefined }).process(object, { ...limits, ...(old ? { old } : {}) });
  while (!(await rules.proceed()));
  return rules.errors.map(fieldErrorText);
}

const ruleOf = (self: string): LongRule => ({ schema: { rules: [] }, isResource: false, index: 0, self, oldSelf: undefined, left: 1 });
const codeOf = (answer: string): URL =>
  new URL(
    `data:text/javascript,${encodeURIComponent(`import { parentPort } from 'node:worker_threads'; parentPort.on('message', ({ self }) => { ${answer} });`)}`,
  );

const withRules = (type: Schema, ...rules: ValidationRule[]): Schema => ({ type: 'object', properties: { value: { ...type, rules } } });
const long = `${spend(3)} &&`;

describe('rules that take long', () => {
  const thread = new RuleThread();
  const cases: readonly (readonly [title: string, schema: Schema, value: unknown, old?: unknown])[] = [
    ['hold', withRules({ type: 'integer' }, { rule: `${long} self > 0` }), 1],
    ['do not hold', withRules({ type: 'integer' }, { rule: `${long} self > 1` }), 1],
    ['have a message', withRules({ type: 'integer' }, { rule: `${long} self > 1`, messageExpression: `"it is %d".format([self])` }), 1],
    ['have a message that takes long', withRules({ type: 'integer' }, { rule: `self > 1`, messageExpression: `${spend(3)} ? 'yes' : 'no'` }), 1],
    ['fail', withRules({ type: 'integer' }, { rule: `${long} 1 / self > 1` }), 0],
    ['read what was before', withRules({ type: 'integer' }, { rule: `${long} self >= oldSelf` }), 1, 2],
    ['may have nothing before', withRules({ type: 'integer' }, { rule: `${long} !oldSelf.hasValue()`, optionalOldSelf: true }), 1],
    ['are followed by others', withRules({ type: 'string' }, { rule: `${long} self == ''` }, { rule: `self == 'b'` }, { rule: `${long} self == 'c'` }), 'a'],
    ['cost more than they may', withRules({ type: 'integer' }, { rule: spend(7) }, { rule: 'false' }), 1],
  ];
  for (const [title, schema, value, old] of cases)
    it(`answer elsewhere as they do here when they ${title}`, async () => {
      const before = old === undefined ? undefined : { value: old };
      const here = await errorsOf(schema, { value }, { ruleMs: Number.POSITIVE_INFINITY }, before);
      assert.deepEqual(await errorsOf(schema, { value }, { ...noTime, longRules: thread }, before), here);
    });

  it('are interrupted when they make too much', async () => {
    const rule = `self.split('').map(c, self.replace(c, self)).size() > 0`;
    const [error] = await errorsOf(withRules({ type: 'string' }, { rule }), { value: 'ab'.repeat(500) }, { longRules: thread });
    assert.equal(error, `value: Invalid value: "string": operation interrupted evaluating rule: ${rule}`);
  });
  it('are interrupted when they take all the memory of their thread, and the others go on in another one', async () => {
    const eat = 'const all = []; for (;;) all.push(new Array(1e6).fill(0.5));';
    const say = 'parentPort.postMessage({ holds: true, cost: 1, milliseconds: 1 });';
    const ending = new RuleThread(codeOf(`if (self === 'large') { ${eat} } else { ${say} }`));
    const verdicts = await Promise.all(['small', 'large', 'small'].map((self) => ending.judge(ruleOf(self))));
    assert.deepEqual(
      verdicts.map(({ holds, error }) => error?.reason ?? holds),
      [true, 'interrupted', true],
    );
  });
  it('are interrupted when their thread never comes back from them, and the next ones go on in another', async () => {
    const hanging = new RuleThread(codeOf('for (;;);'), 200);
    const verdicts = await Promise.all(['a', 'b'].map((self) => hanging.judge(ruleOf(self))));
    assert.deepEqual(
      verdicts.map(({ error }) => error?.reason),
      ['interrupted', 'interrupted'],
    );
  });
  it('go on after one that cannot be sent', async () => {
    const say = 'parentPort.postMessage({ holds: true, cost: 1, milliseconds: 1 });';
    const quick = new RuleThread(codeOf(say));
    const unsendable = { ...ruleOf(''), self: () => undefined };
    await assert.rejects(quick.judge(unsendable), { name: 'DataCloneError' });
    assert.equal((await quick.judge({ ...unsendable, self: '' })).holds, true);
  });
  it('are refused when their thread ends', async () => {
    const ending = new RuleThread(codeOf('process.exit(1)'));
    await assert.rejects(ending.judge(ruleOf('')), new Error('the thread for long rules has ended'));
    await assert.rejects(new RuleThread(new URL('data:text/javascript,throw new TypeError("no")')).judge(ruleOf('')), new TypeError('no'));
  });
  it('go on after many schemas', async () => {
    for (let round = 0; round < 600; round++) {
      const errors = await errorsOf(
        withRules({ type: 'integer' }, { rule: `[${round}].all(x, x == self)` }),
        { value: round },
        { ...noTime, longRules: thread },
      );
      assert.deepEqual(errors, []);
    }
  });
  it('are sent at once the next time, until they are quick', async () => {
    const asked: LongRule[] = [];
    let milliseconds = 100;
    const longRules: LongRules = {
      judge(rule) {
        asked.push(rule);
        return Promise.resolve({ holds: true, cost: 1, milliseconds });
      },
    };
    const schema = withRules({ type: 'integer' }, { rule: spend(3) });
    const patient = { ruleMs: Number.POSITIVE_INFINITY, longRules };
    const count = async (options: Partial<RuleEvaluationOptions>): Promise<number> => {
      await errorsOf(schema, { value: 1 }, options);
      return asked.length;
    };
    assert.equal(await count(patient), 0);
    assert.equal(await count({ ...patient, ...noTime }), 1);
    assert.equal(await count(patient), 2);
    milliseconds = 1;
    assert.equal(await count(patient), 3);
    assert.equal(await count(patient), 3);
    assert.deepEqual(asked[0], { schema: schema.properties!['value'], isResource: false, index: 0, self: 1, oldSelf: undefined, left: 10_000_000 });
  });
});
