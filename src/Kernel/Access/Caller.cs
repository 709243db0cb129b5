namespace Rondo.Kernel.Access;

/// <summary>Who sends a request, and what they were granted: read in the query that looks up the credential, so that a grant which was revoked is none.</summary>
public sealed class Caller
{
    private readonly IReadOnlyList<Grant> _grants;
    private readonly Permission _everywhere;

    public Caller(Actor actor, IReadOnlyList<Grant> grants)
    {
        Actor = actor;
        _grants = grants;
        foreach (var grant in grants)
        {
            _everywhere |= grant.Place.Kind == Place.Kinds.Everything ? grant.Role.Permissions : Permission.None;
        }
    }

    /// <summary>The local user.</summary>
    public static Caller Local { get; } = Unlimited(Actor.Local);

    public Actor Actor { get; }

    /// <summary>A caller that may do everything everywhere.</summary>
    public static Caller Unlimited(Actor actor) =>
        new(actor, [new Grant("", actor.Name, Role.Parse(Role.AdminName), Place.Everything)]);

    /// <summary>Whether something may be done whatever the place: it costs nothing to ask.</summary>
    public bool MayEverywhere(Permission permission) => _everywhere.Holds(permission);

    /// <summary>Whether there is a place where it may be done.</summary>
    public bool MaySomewhere(Permission permission) =>
        MayEverywhere(permission) || _grants.Any(grant => grant.Role.Permissions.Holds(permission));

    /// <summary>Whether something may be done at a place.</summary>
    public bool May(Permission permission, Place place) =>
        MayEverywhere(permission)
        || _grants.Any(grant => grant.Role.Permissions.Holds(permission) && grant.Place.Covers(place));

    /// <summary>The grant by which something may be done at a place, the widest first; null where there is none.</summary>
    public Grant? GrantFor(Permission permission, Place place) =>
        _grants
            .Where(grant => grant.Role.Permissions.Holds(permission) && grant.Place.Covers(place))
            .MinBy(grant => grant.Place.Name.Length);

    /// <summary>Refuses what may not be done at a place.</summary>
    public void Require(Permission permission, Place place)
    {
        if (!May(permission, place))
        {
            throw Refused(permission, place);
        }
    }

    /// <summary>The projects where something may be done; null: all.</summary>
    public IReadOnlyList<string>? ProjectsWith(Permission permission) =>
        MayEverywhere(permission)
            ? null
            :
            [
                .. _grants
                    .Where(grant => grant.Role.Permissions.Holds(permission) && grant.Place.Kind == Place.Kinds.Project)
                    .Select(grant => grant.Place.Name)
                    .Distinct(StringComparer.Ordinal),
            ];

    /// <summary>The paths of the folders of experiments where something may be done; null: all.</summary>
    public IReadOnlyList<string>? FoldersWith(Permission permission) =>
        MayEverywhere(permission)
            ? null
            :
            [
                .. _grants
                    .Where(grant => grant.Role.Permissions.Holds(permission))
                    .Select(grant => grant.Place.Folder)
                    .OfType<string>()
                    .Distinct(StringComparer.Ordinal),
            ];

    /// <summary>That something may not be done there, or (without a place) nowhere. Where even looking is not allowed, the name of a folder is not told.</summary>
    public RondoException Refused(Permission permission, Place? place)
    {
        var name = Permissions.NameOf(permission);
        var who = Actor.Name.StartsWith("user:", StringComparison.Ordinal) ? Actor.Name["user:".Length..] : Actor.Name;
        var isHidden = place is { Kind: Place.Kinds.Folder } && !May(Permission.Read, place);
        var where =
            place is null ? "and you have that nowhere"
            : isHidden ? "on what was asked for"
            : $"on {place}";
        var roles = Role.All.Where(role => role.Permissions.Holds(permission)).Select(role => role.Name);
        return new RondoException(
            ErrorCode.PermissionDenied,
            $"'{who}' may not do this: it takes {name} {where}.",
            $"Ask an admin for a role that has it ({string.Join(", ", roles)}): rondo access grant {who} ROLE{Option(place, isHidden)}."
        );
    }

    private static string Option(Place? place, bool isHidden) =>
        place is null ? ""
        : isHidden ? " --folder FOLDER"
        : place.Kind switch
        {
            Place.Kinds.Project => $" --project {place.Name}",
            Place.Kinds.Folder => $" --folder \"{place.Label}\"",
            _ => "",
        };
}
