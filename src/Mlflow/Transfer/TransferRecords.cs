using System.Text.Json.Serialization;

namespace Rondo.Mlflow.Transfer;

/// <summary>
/// One line of what is taken from one server to another. Times are unix milliseconds; an address of files that is null, or that of an artifact
/// proxy, is given anew by the server that takes the record in.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ExperimentRecord), ExperimentRecord.KindName)]
[JsonDerivedType(typeof(RunRecord), RunRecord.KindName)]
[JsonDerivedType(typeof(PointsRecord), PointsRecord.KindName)]
[JsonDerivedType(typeof(InputRecord), InputRecord.KindName)]
[JsonDerivedType(typeof(RunModelRecord), RunModelRecord.KindName)]
[JsonDerivedType(typeof(LoggedModelRecord), LoggedModelRecord.KindName)]
[JsonDerivedType(typeof(ModelPointsRecord), ModelPointsRecord.KindName)]
[JsonDerivedType(typeof(RegisteredModelRecord), RegisteredModelRecord.KindName)]
[JsonDerivedType(typeof(ModelVersionRecord), ModelVersionRecord.KindName)]
[JsonDerivedType(typeof(AliasesRecord), AliasesRecord.KindName)]
internal abstract record TransferRecord
{
    /// <summary>What it is, in a report.</summary>
    [JsonIgnore]
    public abstract string Kind { get; }

    /// <summary>Which one it is, in a report and in the memory of what was brought.</summary>
    [JsonIgnore]
    public abstract string Label { get; }

    /// <summary>How much of a batch it fills.</summary>
    [JsonIgnore]
    public virtual int Weight => 1;
}

/// <summary>An experiment; it is found by its name.</summary>
internal sealed record ExperimentRecord : TransferRecord
{
    public const string KindName = "experiment";

    [JsonIgnore]
    public override string Kind => KindName;

    [JsonIgnore]
    public override string Label => Name;

    public string Name { get; init; } = "";
    public string Lifecycle { get; init; } = "active";
    public string? ArtifactLocation { get; init; }
    public long CreatedAt { get; init; }
    public long UpdatedAt { get; init; }
    public IReadOnlyDictionary<string, string> Tags { get; init; } = TransferJson.None;
}

/// <summary>A run of an experiment that is named.</summary>
internal sealed record RunRecord : TransferRecord
{
    public const string KindName = "run";

    [JsonIgnore]
    public override string Kind => KindName;

    [JsonIgnore]
    public override string Label => Id;

    [JsonIgnore]
    public override int Weight => 1 + Params.Count + Tags.Count;

    public string Id { get; init; } = "";
    public string Experiment { get; init; } = "";
    public string Name { get; init; } = "";
    public string User { get; init; } = "";
    public string Status { get; init; } = "";
    public long StartedAt { get; init; }
    public long? EndedAt { get; init; }
    public string Lifecycle { get; init; } = "active";
    public long? DeletedAt { get; init; }
    public string? ArtifactUri { get; init; }
    public IReadOnlyDictionary<string, string> Params { get; init; } = TransferJson.None;
    public IReadOnlyDictionary<string, string> Tags { get; init; } = TransferJson.None;
}

/// <summary>Points of metrics of a run, of any number of keys.</summary>
internal sealed record PointsRecord : TransferRecord
{
    public const string KindName = "points";

    [JsonIgnore]
    public override string Kind => KindName;

    [JsonIgnore]
    public override string Label => Run;

    [JsonIgnore]
    public override int Weight => 1 + Points.Count;

    public string Run { get; init; } = "";
    public IReadOnlyList<TransferPoint> Points { get; init; } = [];
}

/// <summary>A dataset that a run has read.</summary>
internal sealed record InputRecord : TransferRecord
{
    public const string KindName = "input";

    [JsonIgnore]
    public override string Kind => KindName;

    [JsonIgnore]
    public override string Label => $"{Run} {Name}";

    [JsonIgnore]
    public override int Weight => 2 + (((Schema?.Length ?? 0) + (Profile?.Length ?? 0) + Source.Length) / 1024);

    public string Run { get; init; } = "";
    public string Name { get; init; } = "";
    public string Digest { get; init; } = "";
    public string SourceType { get; init; } = "";
    public string Source { get; init; } = "";
    public string? Schema { get; init; }
    public string? Profile { get; init; }
    public IReadOnlyDictionary<string, string> Tags { get; init; } = TransferJson.None;
}

/// <summary>A logged model that a run has read (input) or made (output).</summary>
internal sealed record RunModelRecord : TransferRecord
{
    public const string KindName = "runModel";

    [JsonIgnore]
    public override string Kind => KindName;

    [JsonIgnore]
    public override string Label => $"{Run} {Model}";

    public string Run { get; init; } = "";
    public string Direction { get; init; } = "";
    public string Model { get; init; } = "";
    public long Step { get; init; }
}

/// <summary>A logged model.</summary>
internal sealed record LoggedModelRecord : TransferRecord
{
    public const string KindName = "loggedModel";

    [JsonIgnore]
    public override string Kind => KindName;

    [JsonIgnore]
    public override string Label => Id;

    [JsonIgnore]
    public override int Weight => 1 + Params.Count + Tags.Count;

    public string Id { get; init; } = "";
    public string Experiment { get; init; } = "";
    public string Name { get; init; } = "";
    public string? ModelType { get; init; }
    public string? SourceRun { get; init; }
    public string Status { get; init; } = "";
    public string? StatusMessage { get; init; }
    public string Lifecycle { get; init; } = "active";
    public string? ArtifactUri { get; init; }
    public long CreatedAt { get; init; }
    public long UpdatedAt { get; init; }
    public IReadOnlyDictionary<string, string> Params { get; init; } = TransferJson.None;
    public IReadOnlyDictionary<string, string> Tags { get; init; } = TransferJson.None;
}

/// <summary>Points that a run has logged of a logged model.</summary>
internal sealed record ModelPointsRecord : TransferRecord
{
    public const string KindName = "modelPoints";

    [JsonIgnore]
    public override string Kind => KindName;

    [JsonIgnore]
    public override string Label => Model;

    [JsonIgnore]
    public override int Weight => 1 + Points.Count;

    public string Model { get; init; } = "";
    public string Run { get; init; } = "";
    public IReadOnlyList<TransferPoint> Points { get; init; } = [];
}

/// <summary>A point of a metric; those of logged models may tell of a dataset.</summary>
internal sealed record TransferPoint(string Key, double Value, long At, long Step)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Dataset { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Digest { get; init; }
}

/// <summary>A registered model.</summary>
internal sealed record RegisteredModelRecord : TransferRecord
{
    public const string KindName = "registeredModel";

    [JsonIgnore]
    public override string Kind => KindName;

    [JsonIgnore]
    public override string Label => Name;

    public string Name { get; init; } = "";
    public string? Description { get; init; }
    public long CreatedAt { get; init; }
    public long UpdatedAt { get; init; }
    public IReadOnlyDictionary<string, string> Tags { get; init; } = TransferJson.None;
}

/// <summary>A version of a registered model, also one that was deleted: its number is never used again.</summary>
internal sealed record ModelVersionRecord : TransferRecord
{
    public const string KindName = "modelVersion";

    [JsonIgnore]
    public override string Kind => KindName;

    [JsonIgnore]
    public override string Label => FormattableString.Invariant($"{Model} {Version}");

    public string Model { get; init; } = "";
    public long Version { get; init; }
    public string Stage { get; init; } = "None";
    public bool Deleted { get; init; }
    public string Source { get; init; } = "";
    public string Storage { get; init; } = "";
    public string? RunId { get; init; }
    public string? RunLink { get; init; }
    public string? LoggedModel { get; init; }
    public string? User { get; init; }
    public string? Description { get; init; }
    public long CreatedAt { get; init; }
    public long UpdatedAt { get; init; }
    public IReadOnlyDictionary<string, string> Tags { get; init; } = TransferJson.None;
}

/// <summary>All aliases of a registered model, each with the number of the version that it means.</summary>
internal sealed record AliasesRecord : TransferRecord
{
    public const string KindName = "aliases";

    [JsonIgnore]
    public override string Kind => KindName;

    [JsonIgnore]
    public override string Label => Model;

    public string Model { get; init; } = "";
    public IReadOnlyDictionary<string, string> Aliases { get; init; } = TransferJson.None;
}
