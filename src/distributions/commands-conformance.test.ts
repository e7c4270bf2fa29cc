import { commandConformance, commandInProcess } from '../extension-points/commands/conformance.ts';
import { verbs } from './commands.ts';

for (const verb of verbs) if (!verb.isHidden) commandConformance(verb.name, () => commandInProcess(verb));
