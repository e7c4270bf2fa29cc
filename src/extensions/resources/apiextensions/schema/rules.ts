/** `x-kubernetes-validations` before any rule is compiled. */
import { type FieldError, fieldError } from '../../../../api/status.ts';
import { findField } from './field-paths.ts';
import type { RuleProps, SchemaProps } from './props.ts';

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];
const hasLineBreak = (text: string): boolean => /[\n\r]/.test(text);

export function ruleErrors(schema: SchemaProps, path: string, errors: FieldError[]): void {
  schema.rules.forEach((rule, index) => {
    const at = `${path}.x-kubernetes-validations[${index}]`;
    textErrors(rule, at, errors);
    if (rule.messageExpression !== '' && rule.messageExpression.trim() === '')
      errors.push(fieldError.required(`${at}.messageExpression`, 'messageExpression must be non-empty if specified'));
    if (rule.reason !== undefined && !reasons.includes(rule.reason)) errors.push(fieldError.notSupported(`${at}.reason`, rule.reason, reasons));
    fieldPathErrors(schema, rule, at, errors);
  });
}

/** Of the rule and its message, the first fault. */
function textErrors({ rule, message }: RuleProps, at: string, errors: FieldError[]): void {
  const hasMessage = message.trim() !== '';
  if (rule.trim() === '') errors.push(fieldError.required(`${at}.rule`, 'rule is not specified'));
  else if (message !== '' && !hasMessage) errors.push(fieldError.invalid(`${at}.message`, message, 'must be non-empty if specified'));
  else if (hasLineBreak(message.trim())) errors.push(fieldError.invalid(`${at}.message`, message, 'must not contain line breaks'));
  else if (hasLineBreak(rule.trim()) && !hasMessage)
    errors.push(fieldError.required(`${at}.message`, 'message must be specified if rule contains line breaks'));
}

function fieldPathErrors(schema: SchemaProps, { fieldPath }: RuleProps, at: string, errors: FieldError[]): void {
  if (fieldPath === '') return;
  const refuse = (detail: string): void => void errors.push(fieldError.invalid(`${at}.fieldPath`, fieldPath, detail));
  if (fieldPath.trim() === '') refuse('must be non-empty if specified');
  if (hasLineBreak(fieldPath)) refuse('must not contain line breaks');
  if (findField(fieldPath, schema, { allowsBrackets: true }).problem !== undefined) refuse('must be a valid path');
}
