using static Rondo.Kernel.Access.Permission;

namespace Rondo.Kernel.Access;

/// <summary>A template of permissions for one kind of work. Roles are fixed: what one may do is read here, and nowhere else.</summary>
public sealed record Role(string Name, string What, Permission Permissions)
{
    /// <summary>The role that may do everything, and whose last holder stays.</summary>
    public const string AdminName = "admin";

    /// <summary>All roles, in the order in which they are shown.</summary>
    public static IReadOnlyList<Role> All { get; } =
    [
        new(
            "data-scientist",
            "builds pipelines and models of a project, from the first experiment to a registered version",
            Read | TrackingWrite | PipelinesRun | ModelsWrite | Predict | DeliveryPush
        ),
        new(
            "data-engineer",
            "brings data in, with the secrets that sources ask for, and the code that reads them",
            Read | DataWrite | PipelinesRun | SecretsWrite | DeliveryPush
        ),
        new(
            "model-researcher",
            "tries things out and registers what is worth it; changes no pipeline",
            Read | TrackingWrite | ModelsWrite | Predict
        ),
        new(
            "optimisation-engineer",
            "makes registered models smaller and faster: runs pipelines, measures, registers",
            Read | TrackingWrite | PipelinesRun | ModelsWrite | Predict
        ),
        new(
            "deployment-engineer",
            "brings releases and models to where they are used, and keeps them running",
            Read | PipelinesRun | EndpointsWrite | Predict | DeliveryPush | DeliveryPromote
        ),
        new("approver", "approves and rejects; makes nothing that would need it", Read | ModelsDecide),
        new("auditor", "sees everything, who may do what included; changes nothing", Read | AccessRead),
        new("client", "a program that asks endpoints, and sees nothing else", Predict),
        new(AdminName, "may do everything, and lets others", Access.Permissions.Every),
    ];

    /// <summary>The role of a name, or an error that lists them.</summary>
    public static Role Parse(string? name) =>
        All.FirstOrDefault(role => role.Name == name)
        ?? throw new RondoException(
            ErrorCode.InvalidArgument,
            $"There is no role '{name}'.",
            $"There are: {string.Join(", ", All.Select(role => role.Name))}. See what each may do: rondo roles."
        );
}
