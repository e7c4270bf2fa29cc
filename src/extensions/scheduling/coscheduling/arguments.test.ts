import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readArguments } from './arguments.ts';

describe('the arguments of Coscheduling', () => {
  for (const [args, message] of [
    [{ permitWaitingTimeSeconds: -1 }, 'permitWaitingTimeSeconds: Invalid value: -1: must be greater than 0'],
    [{ podGroupBackoffSeconds: -1 }, 'podGroupBackoffSeconds: Invalid value: -1: must be greater than 0'],
    [{ podGroupRejectPercentage: 101 }, 'podGroupRejectPercentage: Invalid value: 101: must be between 0 and 100'],
    [{ podGroupRejectPercentage: 'ten' }, 'podGroupRejectPercentage: Invalid value: "ten": must be between 0 and 100'],
    [{ kind: 'CoschedulingArgs', permitWaitingTime: 1 }, 'strict decoding error: unknown field "permitWaitingTime"'],
  ] as const)
    it(`refuse ${JSON.stringify(args)}`, () => assert.throws(() => readArguments(args), { message }));

  it('have the defaults of upstream', () => {
    const defaults = { permitWaitingTimeSeconds: 60, podGroupBackoffSeconds: 0, podGroupRejectPercentage: 10 };
    assert.deepEqual([readArguments(undefined), readArguments({ podGroupBackoffSeconds: 5 })], [defaults, { ...defaults, podGroupBackoffSeconds: 5 }]);
  });
});
