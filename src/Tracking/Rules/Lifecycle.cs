using Rondo.Mlflow.Wire;

namespace Rondo.Tracking.Rules;

/// <summary>Whether a thing is there or was deleted; what was deleted can be restored.</summary>
internal static class Lifecycle
{
    public const string Active = "active";
    public const string Deleted = "deleted";

    /// <summary>The lifecycles that a view shows.</summary>
    public static IReadOnlyList<string> Of(ViewType view) =>
        view switch
        {
            ViewType.ActiveOnly => [Active],
            ViewType.DeletedOnly => [Deleted],
            _ => [Active, Deleted],
        };
}
