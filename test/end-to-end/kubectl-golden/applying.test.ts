import { applyCases } from './cases/apply.ts';
import { deleteCases } from './cases/delete.ts';
import { diffCases } from './cases/diff.ts';
import { editCases } from './cases/edit.ts';
import { replaceCases } from './cases/replace.ts';
import { waitCases } from './cases/wait.ts';
import { goldenSuite } from './golden-suite.ts';

goldenSuite('applying', { apply: applyCases, delete: deleteCases, diff: diffCases, edit: editCases, replace: replaceCases, wait: waitCases });
