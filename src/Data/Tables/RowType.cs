using System.Reflection;

namespace Rondo.Data;

/// <summary>What a row type looks like: how it is made and which members are its columns. Worked out once per type.</summary>
internal sealed class RowType
{
    private RowType(Type type, ConstructorInfo? constructor, IReadOnlyList<RowMember> members)
    {
        Type = type;
        Constructor = constructor;
        Members = members;
    }

    public Type Type { get; }

    /// <summary>The constructor to call; null for a struct's own default.</summary>
    public ConstructorInfo? Constructor { get; }

    /// <summary>The columns, in the order of declaration.</summary>
    public IReadOnlyList<RowMember> Members { get; }

    public static RowType Of(Type type)
    {
        var nullability = new NullabilityInfoContext();
        var members = new List<RowMember>();
        foreach (var member in DeclaredMembers(type))
        {
            var memberType = member is PropertyInfo property ? property.PropertyType : ((FieldInfo)member).FieldType;
            members.Add(new RowMember(member, memberType, member.Name, MayBeNull(member, memberType, nullability)));
        }

        var constructor = ConstructorOf(type, members);
        var parameters = constructor?.GetParameters() ?? [];
        var columns = members
            .Select(m => m with { Parameter = Array.Find(parameters, p => Names(p, m)) })
            .Where(m => m.Parameter is not null || CanWrite(m.Member))
            .Where(m => m.Find<NotColumnAttribute>() is null)
            .Select(m => m with { Column = m.Find<ColumnAttribute>()?.Name ?? m.Column })
            .ToList();
        Check(type, columns, parameters);
        return new RowType(type, constructor, columns);
    }

    private static IEnumerable<MemberInfo> DeclaredMembers(Type type) =>
        type.GetMembers(BindingFlags.Public | BindingFlags.Instance)
            .Where(m => m is FieldInfo || (m is PropertyInfo p && p.CanRead && p.GetIndexParameters().Length == 0))
            .OrderBy(m => Depth(m.DeclaringType!))
            .ThenBy(m => m.MetadataToken);

    private static int Depth(Type type) => type.BaseType is null ? 0 : 1 + Depth(type.BaseType);

    private static bool CanWrite(MemberInfo member) =>
        member is PropertyInfo property ? property.SetMethod is { IsPublic: true } : !((FieldInfo)member).IsInitOnly;

    private static bool MayBeNull(MemberInfo member, Type type, NullabilityInfoContext context)
    {
        if (type.IsValueType)
        {
            return Nullable.GetUnderlyingType(type) is not null;
        }

        var info = member is PropertyInfo property ? context.Create(property) : context.Create((FieldInfo)member);
        return info.ReadState != NullabilityState.NotNull;
    }

    private static ConstructorInfo? ConstructorOf(Type type, List<RowMember> members)
    {
        var constructor = type.GetConstructors()
            .Where(c => c.GetParameters().All(p => members.Exists(m => Names(p, m))))
            .OrderByDescending(c => c.GetParameters().Length)
            .FirstOrDefault();
        return constructor is not null || type.IsValueType
            ? constructor
            : throw Unusable(
                type,
                "it has no public constructor that Rondo can call",
                "Give it a constructor without parameters, or one whose parameters are named like its properties."
            );
    }

    private static bool Names(ParameterInfo parameter, RowMember member) =>
        parameter.ParameterType == member.Type
        && string.Equals(parameter.Name, member.Member.Name, StringComparison.OrdinalIgnoreCase);

    private static void Check(Type type, List<RowMember> columns, ParameterInfo[] parameters)
    {
        if (columns.Count == 0)
        {
            throw Unusable(type, "it has no public property or field to set", "Declare one for each column.");
        }

        var taken = new Dictionary<string, RowMember>(ColumnNames.Comparer);
        foreach (var column in columns)
        {
            if (!RowMember.IsSupported(column.Type))
            {
                throw Unusable(
                    type,
                    $"member '{column.Member.Name}' is of type {column.Type.Name}",
                    "Use bool, a number, string, an enum, DateOnly, DateTime or DateTimeOffset, or mark it [NotColumn]."
                );
            }

            if (!taken.TryAdd(column.Column, column))
            {
                throw Unusable(
                    type,
                    $"'{taken[column.Column].Member.Name}' and '{column.Member.Name}' are the same column '{column.Column}'",
                    "Rename one, or name its column with [Column(\"…\")]."
                );
            }
        }

        var unset = Array.Find(parameters, p => !columns.Exists(c => c.Parameter == p));
        if (unset is not null)
        {
            throw Unusable(type, $"parameter '{unset.Name}' is no column", "Remove [NotColumn] from it.");
        }
    }

    private static RondoException Unusable(Type type, string why, string mend) =>
        new(ErrorCode.InvalidArgument, $"{type.Name} cannot be a row: {why}.", mend);
}
