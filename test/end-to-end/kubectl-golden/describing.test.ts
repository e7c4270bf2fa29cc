import { describeCases } from './cases/describe.ts';
import { eventsCases } from './cases/events.ts';
import { topCases } from './cases/top.ts';
import { describedManifest } from './described-world.ts';
import { goldenSuite } from './golden-suite.ts';

goldenSuite('describing', { describe: describeCases, events: eventsCases, top: topCases }, [describedManifest]);
