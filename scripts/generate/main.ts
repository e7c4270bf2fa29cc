/** Generates what is not committed: TypeScript interfaces, schemas and codecs. Runs under the pinned Node; `npm start` and `npm test` call it when an input changed. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogue } from '../../src/api/catalogue.ts';
import { readDescriptions } from './descriptions.ts';
import { generateExamples } from './examples.ts';
import { readFacts } from './facts.ts';
import { generateProtobuf } from './protobuf.ts';
import { protobufFieldsModule } from './protobuf-fields.ts';
import { descriptionsModule, schemasModule } from './schema-modules.ts';
import { builtInSchemaTable } from './schemas.ts';
import { resourceTypesModule, typescriptModule } from './typescript.ts';

const generated = join(import.meta.dirname, '../../src/api/generated');
mkdirSync(generated, { recursive: true });
const packages = readFacts();
for (const facts of packages.values()) writeFileSync(join(generated, `${facts.id}.ts`), typescriptModule(packages, facts));
writeFileSync(join(generated, 'resource-types.ts'), resourceTypesModule(catalogue, packages));
writeFileSync(join(generated, 'protobuf-table.ts'), protobufFieldsModule(packages));
const schemas = builtInSchemaTable(packages);
writeFileSync(join(generated, 'schema-table.ts'), schemasModule(schemas));
writeFileSync(join(generated, 'schema-descriptions.ts'), descriptionsModule(readDescriptions(packages, schemas)));
generateProtobuf();
generateExamples(join(import.meta.dirname, '../../examples'));
