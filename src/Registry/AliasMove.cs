using Rondo.Kernel;

namespace Rondo.Registry;

/// <summary>The wish to let an alias point to a version, with who wishes it and the event that led to it.</summary>
public sealed record AliasMove(ModelKey Model, string Alias, long Version, Actor Actor, long? Cause = null);

/// <summary>The aliases that the platform itself moves.</summary>
public static class ModelAliases
{
    /// <summary>The version that the model's endpoints answer with.</summary>
    public const string Serving = "serving";

    /// <summary>The newest version; it cannot be moved.</summary>
    public const string Latest = "latest";

    /// <summary>
    /// Always one version as soon as there is one: what somebody has let it mean, else what serves, else the newest approved version, else the
    /// newest.
    /// </summary>
    public const string Default = "default";
}
