using Rondo.Mlflow.Wire;

namespace Rondo.Registry.Clients;

/// <summary>A model as clients of MLflow know it: by one name, whoever made it.</summary>
internal sealed record RegisteredModel
{
    public const string Columns =
        "m.project, m.environment, m.model, m.name, m.description, m.created_at, m.updated_at";

    public string Project { get; init; } = "";
    public string Environment { get; init; } = "";
    public string Model { get; init; } = "";
    public string Name { get; init; } = "";
    public string? Description { get; init; }
    public long CreatedAt { get; init; }
    public long UpdatedAt { get; init; }

    public IReadOnlyList<KeyValue> Tags { get; init; } = [];
    public IReadOnlyList<(string Alias, long Version)> Aliases { get; init; } = [];

    /// <summary>The newest version of each stage that has one.</summary>
    public IReadOnlyList<RegisteredVersion> Latest { get; init; } = [];

    public ModelKey Key => new(Project, Environment, Model);

    /// <summary>Whether clients have made it; a pipeline's models are theirs to tag and to alias only.</summary>
    public bool IsOfClients => Project == ClientModels.Project;
}

/// <summary>A version as clients of MLflow know it.</summary>
internal sealed record RegisteredVersion
{
    public const string Columns =
        "e.id, e.project, e.environment, e.model, e.name, e.version, e.state, e.source, e.storage, e.run_id, e.run_link,"
        + " e.logged_model, e.user_id, e.description, e.created_at, e.updated_at, e.deleted_at";

    public string Id { get; init; } = "";
    public string Project { get; init; } = "";
    public string Environment { get; init; } = "";
    public string Model { get; init; } = "";
    public string Name { get; init; } = "";
    public long Version { get; init; }
    public string State { get; init; } = "";
    public string Source { get; init; } = "";
    public string Storage { get; init; } = "";
    public string? RunId { get; init; }
    public string? RunLink { get; init; }
    public string? LoggedModel { get; init; }
    public string? UserId { get; init; }
    public string? Description { get; init; }
    public long CreatedAt { get; init; }
    public long UpdatedAt { get; init; }
    public long? DeletedAt { get; init; }

    public IReadOnlyList<KeyValue> Tags { get; init; } = [];
    public IReadOnlyList<string> Aliases { get; init; } = [];

    public ModelKey Key => new(Project, Environment, Model);
}

/// <summary>The models that clients make stand in a project of their own: their names know no project.</summary>
internal static class ClientModels
{
    public const string Project = Rondo.Kernel.Projects.Project.OfClients;
    public const string Environment = "production";

    public static ModelKey KeyOf(string name) => new(Project, Environment, name);

    /// <summary>How clients, who know no projects, call a model.</summary>
    public static string NameOf(ModelKey key) =>
        key.Project == Project ? key.Model : $"{key.Project}.{key.Environment}.{key.Model}";
}
