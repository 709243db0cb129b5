// Walks with the published client of MLflow for Node.js, as it is, through all that it can say.
'use strict';
const assert = require('node:assert');
const MLflow = require('mlflow');

const client = new MLflow({ endpoint: process.argv[2] });

async function refused(call, status, code) {
  try {
    await call;
  } catch (error) {
    const told = JSON.parse(error.message.replace(/^(Error: )+/, ''));
    assert.strictEqual(told.status, status);
    assert.strictEqual(told.data.error_code, code);
    return;
  }
  assert.fail(`not refused with ${code}`);
}

async function experiments() {
  const { experiment_id } = await client.Experiments.create({ name: 'from node' });
  await refused(client.Experiments.create({ name: 'from node' }), 400, 'RESOURCE_ALREADY_EXISTS');
  await client.Experiments.update({ experiment_id, new_name: 'renamed' });
  await client.Experiments.delete({ experiment_id });
  const { experiment: gone } = await client.Experiments.get({ experiment_id });
  assert.strictEqual(gone.lifecycle_stage, 'deleted');
  await client.Experiments.restore({ experiment_id });
  const { experiment } = await client.Experiments.get({ experiment_id });
  assert.deepStrictEqual([experiment.name, experiment.lifecycle_stage], ['renamed', 'active']);
  return experiment_id;
}

async function oneRun(experiment_id) {
  const { run } = await client.Runs.create({
    experiment_id,
    user_id: 'zoë',
    start_time: 1700000000000,
    tags: [{ key: 'mlflow.runName', value: 'one' }],
  });
  const run_id = run.info.run_id;
  assert.strictEqual(run.info.status, 'RUNNING');
  await client.Runs.logParameter({ run_id, key: 'depth', value: '3' });
  await refused(client.Runs.logParameter({ run_id, key: 'depth', value: '4' }), 400, 'INVALID_PARAMETER_VALUE');
  for (let step = 0; step < 3; step++) {
    await client.Runs.logMetric({ run_id, key: 'loss', value: 1 / (step + 1), timestamp: 1700000000000 + step, step });
  }
  await client.Runs.setTag({ run_id, key: 'phase', value: 'draft' });
  await client.Runs.setTag({ run_id, key: 'gone', value: 'x' });
  await client.Runs.deleteTag({ run_id, key: 'gone' });
  const { metrics } = await client.Metrics.getHistory({ run_id, metric_key: 'loss' });
  assert.deepStrictEqual(
    metrics.map((point) => [point.value, point.step]),
    [[1, 0], [0.5, 1], [1 / 3, 2]],
  );
  await client.Runs.update({ run_id, status: 'FINISHED', end_time: 1700000009000 });
  const { run: ended } = await client.Runs.get({ run_id });
  assert.deepStrictEqual([ended.info.status, ended.info.end_time], ['FINISHED', 1700000009000]);
  assert.deepStrictEqual(ended.data.params, [{ key: 'depth', value: '3' }]);
  assert.strictEqual(ended.data.tags.find((tag) => tag.key === 'phase').value, 'draft');
  assert.ok(!ended.data.tags.some((tag) => tag.key === 'gone'));
  const listed = await client.Artifacts.list({ run_id });
  assert.match(listed.root_uri, /^mlflow-artifacts:\//);
  await client.Runs.delete({ run_id });
  await refused(client.Runs.setTag({ run_id, key: 'late', value: 'x' }), 400, 'INVALID_PARAMETER_VALUE');
  await client.Runs.restore({ run_id });
  return run_id;
}

async function pages(experiment_id, first) {
  for (let i = 0; i < 5; i++) {
    const { run } = await client.Runs.create({ experiment_id, start_time: 1700000000000 + i });
    await client.Runs.logBatch({
      run_id: run.info.run_id,
      metrics: [{ key: 'loss', value: i, timestamp: 1700000000000, step: 0 }],
      params: [{ key: 'depth', value: String(i) }],
      tags: [{ key: 'n', value: String(i) }],
    });
  }
  const seen = [];
  let page_token;
  do {
    const page = await client.Runs.search({
      experiment_ids: [experiment_id],
      filter: 'metrics.loss < 4',
      run_view_type: 'ACTIVE_ONLY',
      order_by: ['metrics.loss DESC'],
      max_results: 2,
      page_token,
    });
    seen.push(...page.runs.map((run) => run.data.metrics[0].value));
    page_token = page.next_page_token;
  } while (page_token);
  assert.deepStrictEqual(seen, [3, 2, 1, 1 / 3, 0]);
  await refused(client.Runs.get({ run_id: 'f'.repeat(32) }), 404, 'RESOURCE_DOES_NOT_EXIST');
  await refused(client.Runs.search({ experiment_ids: [experiment_id], filter: 'loss <' }), 400, 'INVALID_PARAMETER_VALUE');
  await client.Runs.get({ run_id: first });
}

(async () => {
  const experiment = await experiments();
  await pages(experiment, await oneRun(experiment));
  console.log('ok');
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
