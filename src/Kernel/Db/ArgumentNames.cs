using System.Collections.Concurrent;
using System.Reflection;

namespace Rondo.Kernel.Db;

/// <summary>
/// Two arguments whose names differ only in the case of their letters are two on one database and one on the other: they are refused
/// on both, before anybody trusts them.
/// </summary>
internal static class ArgumentNames
{
    private static readonly ConcurrentDictionary<Type, string?> s_problems = new();

    public static void Check(object? arguments)
    {
        if (arguments is not null && s_problems.GetOrAdd(arguments.GetType(), ProblemOf) is { } problem)
        {
            throw new RondoException(ErrorCode.Internal, problem, "Give one of them another name.");
        }
    }

    private static string? ProblemOf(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .GroupBy(property => property.Name, StringComparer.OrdinalIgnoreCase)
            .Where(same => same.Count() > 1)
            .Select(same =>
                $"Arguments of a statement are called {string.Join(" and ", same.Select(p => '@' + p.Name))}."
            )
            .FirstOrDefault();
}
