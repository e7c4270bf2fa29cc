import { autoscaleCases } from './cases/autoscale.ts';
import { createCases } from './cases/create.ts';
import { debugCases, debuggedManifest } from './cases/debug.ts';
import { exposeCases } from './cases/expose.ts';
import { runCases } from './cases/run.ts';
import { goldenSuite } from './golden-suite.ts';

goldenSuite('creating', { create: createCases, run: runCases, expose: exposeCases, autoscale: autoscaleCases, debug: debugCases }, [debuggedManifest]);
