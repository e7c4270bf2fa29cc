import { authorizationCases } from './cases/authorization.ts';
import { completionCases } from './cases/completion.ts';
import { configCases } from './cases/config.ts';
import { explainCases } from './cases/explain.ts';
import { getCases } from './cases/get.ts';
import { rootCases } from './cases/root.ts';
import { goldenSuite } from './golden-suite.ts';

goldenSuite('reading', {
  'at the root': rootCases,
  get: getCases,
  config: configCases,
  explain: explainCases,
  completion: completionCases,
  authorization: authorizationCases,
});
