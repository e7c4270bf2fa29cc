import { lateModule } from '../../late-module.ts';

/** The rule engine; loaded for the first definition or object with rules, which takes some 20 ms and 10 MiB. */
export const ruleEngine = lateModule<typeof import('./rule-engine.ts')>(import.meta.url, './rule-engine');
