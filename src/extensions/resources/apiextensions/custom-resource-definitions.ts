import type { CustomResourceDefinition } from '../../../api/generated/apiextensions-v1.ts';
import { customresourcedefinitions } from '../../../api/generated/resource-types.ts';
import { badRequest } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { definitionStrategy } from '../../../extension-points/resources/custom-resource-definition/strategy.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { createdAtColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { formatWarnings } from './format-warnings.ts';
import { readNestedSchemas } from './schema/nested-schemas.ts';
import type { RuleSupport } from './schema/rule-compiler.ts';
import { ruleSupport } from './schema/rule-support.ts';
import { definitionErrors, definitionStatusErrors, definitionUpdateErrors } from './validate-definition.ts';

/**
 * apiextensions.k8s.io/v1 `customresourcedefinitions`: the objects. What serves the resources they define is part of the API server.
 * `rules` compiles what schemas say in the rule language; of absent parts only the form of rules is checked.
 */
export function customResourceDefinitionDefinition(rules: RuleSupport = ruleSupport): ResourceDefinition {
  return defineBuiltIn(customresourcedefinitions, {
    columns: [nameColumn, createdAtColumn],
    applyDefaults,
    ...definitionStrategy,
    validate: (definition, { operation }) => (operation === 'CREATE' ? definitionErrors(definition, rules) : []),
    validateUpdate: (definition, old) => definitionUpdateErrors(definition, old, rules),
    warnings: formatWarnings,
    status: { validateUpdate: (definition) => definitionStatusErrors(definition) },
  });
}

function applyDefaults(draft: Draft<CustomResourceDefinition>): void {
  if (draft.spec?.preserveUnknownFields === false) delete draft.spec.preserveUnknownFields;
  const spec = (draft.spec ??= {});
  const names = (spec.names ??= {});
  names.singular ||= names.kind?.toLowerCase();
  names.listKind ||= names.kind ? `${names.kind}List` : undefined;
  const conversion = (spec.conversion ??= { strategy: 'None' });
  if (conversion.webhook?.clientConfig?.service) conversion.webhook.clientConfig.service.port ??= 443;
  for (const version of spec.versions ?? []) {
    const schema = version.schema?.openAPIV3Schema;
    const problem = schema && readNestedSchemas(schema as Record<string, unknown>, 'spec.versions.schema.openAPIV3Schema');
    if (problem !== undefined) throw badRequest(`CustomResourceDefinition in version "v1" cannot be handled as a CustomResourceDefinition: ${problem}`);
    for (const column of version.additionalPrinterColumns ?? []) if (column.priority === 0) delete column.priority;
  }
}
