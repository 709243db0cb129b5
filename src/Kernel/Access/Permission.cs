namespace Rondo.Kernel.Access;

/// <summary>What may be done: an area, and whether it is looked at or changed. They are few and fixed; roles are made of them.</summary>
[Flags]
public enum Permission
{
    /// <summary>What everybody with a credential may do.</summary>
    None = 0,

    /// <summary>See what there is, its history, and its events.</summary>
    Read = 1 << 0,

    /// <summary>Log runs and models; make, rename, move, delete and restore experiments.</summary>
    TrackingWrite = 1 << 1,

    /// <summary>Add to datasets, delete versions of them, and forget subjects.</summary>
    DataWrite = 1 << 2,

    /// <summary>Start, cancel and resume runs and backfills; pause triggers; append events that start runs.</summary>
    PipelinesRun = 1 << 3,

    /// <summary>Register models and describe them; move aliases other than the serving one.</summary>
    ModelsWrite = 1 << 4,

    /// <summary>Approve and reject model versions; answer what runs ask for.</summary>
    ModelsDecide = 1 << 5,

    /// <summary>Make endpoints and choose what they answer with.</summary>
    EndpointsWrite = 1 << 6,

    /// <summary>Ask endpoints, and tell what came true.</summary>
    Predict = 1 << 7,

    /// <summary>Push code, which this server builds and runs.</summary>
    DeliveryPush = 1 << 8,

    /// <summary>Move releases from one environment to the next.</summary>
    DeliveryPromote = 1 << 9,

    /// <summary>Set and forget secrets. No permission shows their values.</summary>
    SecretsWrite = 1 << 10,

    /// <summary>See who may do what, and where events are sent.</summary>
    AccessRead = 1 << 11,

    /// <summary>Grant and revoke roles; at everything also make and revoke credentials.</summary>
    AccessWrite = 1 << 12,

    /// <summary>Make projects, collect garbage, send events elsewhere.</summary>
    ServerOperate = 1 << 13,
}

/// <summary>Permissions by their names.</summary>
public static class Permissions
{
    /// <summary>All permissions, in the order in which they are shown.</summary>
    public static IReadOnlyList<(Permission Permission, string Name, string What)> All { get; } =
    [
        (Permission.Read, "read", "see what there is, its history and its events"),
        (Permission.TrackingWrite, "tracking.write", "log runs and models; make, rename and delete experiments"),
        (Permission.DataWrite, "data.write", "add to datasets, delete versions, forget subjects"),
        (Permission.PipelinesRun, "pipelines.run", "start, cancel and resume runs and backfills; pause triggers"),
        (Permission.ModelsWrite, "models.write", "register and describe models, move aliases"),
        (Permission.ModelsDecide, "models.decide", "approve and reject model versions; answer what runs ask"),
        (Permission.EndpointsWrite, "endpoints.write", "make endpoints, choose what they answer with"),
        (Permission.Predict, "predict", "ask endpoints, and tell what came true"),
        (Permission.DeliveryPush, "delivery.push", "push code, which the server builds and runs"),
        (Permission.DeliveryPromote, "delivery.promote", "move releases to the next environment"),
        (Permission.SecretsWrite, "secrets.write", "set and forget secrets"),
        (Permission.AccessRead, "access.read", "see who may do what"),
        (Permission.AccessWrite, "access.write", "grant and revoke roles"),
        (Permission.ServerOperate, "server.operate", "make projects, collect garbage, set webhooks"),
    ];

    /// <summary>Every permission at once.</summary>
    public static Permission Every { get; } = All.Aggregate(Permission.None, (sum, one) => sum | one.Permission);

    /// <summary>Whether all that is asked for is among these.</summary>
    public static bool Holds(this Permission these, Permission asked) => (these & asked) == asked;

    /// <summary>The name, as documents and messages have it.</summary>
    public static string NameOf(Permission permission) => All.First(one => one.Permission == permission).Name;

    /// <summary>The permission of a name, or an error that lists them.</summary>
    public static Permission Parse(string name) =>
        All.FirstOrDefault(one => one.Name == name) is { Name: not null } found
            ? found.Permission
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"There is no permission '{name}'.",
                $"There are: {string.Join(", ", All.Select(one => one.Name))}."
            );
}
