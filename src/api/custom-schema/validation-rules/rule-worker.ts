/** The thread for rules that take long: see `rule-thread.ts`. */
import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { evaluationBudget } from '../../cel/kubernetes/budgets.ts';
import { compileRules, type SchemaWithRules } from './compiled-rules.ts';
import { bindRules } from './rule-bindings.ts';
import type { RuleQuestion, TimedVerdict } from './rule-thread.ts';
import { judge } from './rule-verdict.ts';

/** Rules within the limit of cost take some 20 ms; where the machine is busy with other things, many times that. */
const maximumMs = 5_000;
/** What strings and lists that one rule makes may take together. */
const maximumBytes = 32 * 2 ** 20;

const schemas = new Map<number, SchemaWithRules>();

function answer({ schemaNumber, schema: sent, isResource, index, self, oldSelf, left }: RuleQuestion): TimedVerdict {
  if (sent) schemas.set(schemaNumber, sent);
  const compiled = compileRules(schemas.get(schemaNumber)!, isResource);
  const bindings = bindRules({ self, oldSelf }, compiled, compiled.self!);
  const startMs = performance.now();
  const limits = { budget: evaluationBudget, deadline: startMs + maximumMs, bytes: maximumBytes };
  const verdict = judge({ compiled: compiled.rules[index]!, bindings, left, limits });
  return { ...verdict, milliseconds: performance.now() - startMs };
}

// Requests come first. Only Linux gives a priority to a thread: elsewhere it would be that of the process.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
parentPort?.on('message', (question: RuleQuestion) => parentPort?.postMessage(answer(question)));
