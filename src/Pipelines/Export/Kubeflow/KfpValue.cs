namespace Rondo.Pipelines.Export.Kubeflow;

/// <summary>What can go from one task to another.</summary>
internal enum KfpValueKind
{
    /// <summary>An output of a node.</summary>
    Artifact,

    /// <summary>Whether the JSON of an output passes a test.</summary>
    Test,

    /// <summary>The items of the list that an output is.</summary>
    List,

    /// <summary>A parameter of the pipeline.</summary>
    Parameter,

    /// <summary>The current item of a for-each.</summary>
    Item,

    /// <summary>How the part of the pipeline ended after which exit handlers run.</summary>
    Status,
}

/// <summary>
/// A value by where it is made: the node and its port, for a test also which one; the name of a parameter or the id of a for-each stands
/// in <paramref name="Node"/>.
/// </summary>
internal sealed record KfpValue(KfpValueKind Kind, string Node, string Port = "", string Test = "")
{
    public static readonly KfpValue Status = new(KfpValueKind.Status, "status");

    public static KfpValue Artifact(string node, string port) => new(KfpValueKind.Artifact, node, port);

    public static KfpValue List(string node, string port) => new(KfpValueKind.List, node, port);

    public static KfpValue Parameter(string name) => new(KfpValueKind.Parameter, name);

    public static KfpValue Item(string forEach) => new(KfpValueKind.Item, forEach);

    /// <summary>Whether a node makes it.</summary>
    public bool IsMade => Kind is KfpValueKind.Artifact or KfpValueKind.Test or KfpValueKind.List;
}

/// <summary>
/// How a task gets a value: from the output of a task beside it, from an input of the graph that it is in, or as the final status of a
/// task beside it.
/// </summary>
internal sealed record KfpSource(string? Task, string Key, bool IsList = false, bool IsStatus = false);
