using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>Everything that a system declares, as its checks see it.</summary>
internal sealed record Declared(
    IReadOnlyList<IDeclaredDataset> Datasets,
    IReadOnlyList<Pipeline> Pipelines,
    IReadOnlyList<Endpoint> Endpoints,
    IReadOnlyList<Pool> Pools
);

/// <summary>Checks what can be seen only when all is declared: names of other things.</summary>
internal sealed class AppChecks(Declared declared)
{
    public void Run()
    {
        foreach (var pipeline in declared.Pipelines)
        {
            foreach (var trigger in pipeline.Triggers)
            {
                CheckTrigger(pipeline, trigger);
            }
            foreach (var node in pipeline.Graph.Nodes)
            {
                CheckNode(pipeline, node);
            }
        }
        CheckTriggerCycles();
        CheckEndpoints();
    }

    private void CheckEndpoints()
    {
        var registered = declared
            .Pipelines.SelectMany(pipeline => pipeline.Graph.Registered)
            .Distinct(StringComparer.Ordinal)
            .ToList();
        foreach (var endpoint in declared.Endpoints.Where(endpoint => !registered.Contains(endpoint.Model)))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Endpoint '{endpoint.Name}' serves model '{endpoint.Model}', which no pipeline registers.",
                $"Registered are: {List(registered)}. Correct the name, or register the model in a pipeline."
            );
        }
    }

    private void CheckTrigger(Pipeline pipeline, TriggerManifest trigger)
    {
        var who = $"The {trigger.Kind} trigger of pipeline '{pipeline.Name}' watches";
        Known(who, "endpoint", trigger.Endpoint, declared.Endpoints.Select(known => known.Name));
        Known(who, "dataset", trigger.Dataset, declared.Datasets.Select(known => known.Name));
        Known(who, "pipeline", trigger.Pipeline, declared.Pipelines.Select(known => known.Name));
    }

    private void CheckNode(Pipeline pipeline, StepNode node)
    {
        if (node.Kind == NodeKind.Dataset)
        {
            var datasets = declared.Datasets.Select(known => known.Name);
            Known($"Pipeline '{pipeline.Name}' reads", "dataset", node.Source, datasets);
        }
        foreach (var addition in node.Additions)
        {
            Known(
                $"Node '{node.Id}' of pipeline '{pipeline.Name}' adds to",
                "dataset",
                addition.Dataset,
                declared.Datasets.Select(known => known.Name)
            );
        }
        var pools = declared.Pools.Select(known => known.Name);
        Known($"Node '{node.Id}' of pipeline '{pipeline.Name}' takes slots of", "pool", node.Options.Pool, pools);
        if (!pipeline.HasPartitions && node.TakesPartition)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Node '{node.Id}' takes the run's partition, but pipeline '{pipeline.Name}' has none.",
                "Say which there are: pipeline.Partitioned(Partitions.Daily(\"2024-01-01\"))."
            );
        }
    }

    // Pipelines that start each other would never stop.
    private void CheckTriggerCycles()
    {
        var after = declared.Pipelines.ToDictionary(
            pipeline => pipeline.Name,
            pipeline =>
                pipeline
                    .Triggers.SelectMany(trigger => trigger.Pipeline is { } one ? [one] : AddingTo(trigger.Dataset))
                    .ToList(),
            StringComparer.Ordinal
        );
        foreach (var name in after.Keys)
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            var next = new Queue<string>(after[name]);
            while (next.TryDequeue(out var before))
            {
                if (before == name)
                {
                    throw new RondoException(
                        ErrorCode.InvalidArgument,
                        $"Pipeline '{name}' starts itself again, directly or through other pipelines.",
                        "Take one of the triggers (after a pipeline, or on new data that it adds) out of the circle."
                    );
                }
                if (seen.Add(before))
                {
                    after[before].ForEach(next.Enqueue);
                }
            }
        }
    }

    private IEnumerable<string> AddingTo(string? dataset) =>
        declared
            .Pipelines.Where(pipeline =>
                dataset is not null
                && pipeline.Graph.Nodes.Any(node => node.Additions.Any(addition => addition.Dataset == dataset))
            )
            .Select(pipeline => pipeline.Name);

    private static void Known(string who, string what, string? name, IEnumerable<string> known)
    {
        if (name is null || known.Contains(name, StringComparer.Ordinal))
        {
            return;
        }
        throw new RondoException(
            ErrorCode.InvalidArgument,
            $"{who} {what} '{name}', which is not declared.",
            $"Declared are: {List(known)}."
        );
    }

    private static string List(IEnumerable<string> names) =>
        string.Join(", ", names) is { Length: > 0 } list ? list : "none";
}
