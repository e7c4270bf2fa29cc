/** What compiles rules, and makes values of what they are about: the language with all of its libraries. See `load-rule-engine.ts`. */
export { maximumCardinality } from '../../cel/kubernetes/schema-sizes.ts';
export { declareType } from '../../cel/kubernetes/schema-types.ts';
export { compileRules } from './compiled-rules.ts';
export { bindRules } from './rule-bindings.ts';
