using System.Text;

namespace Rondo.Data;

/// <summary>
/// How a file spells names: a column that it lacks is told as the file would write it, <c>temp_min</c> where its other columns
/// are <c>wind_max</c> and <c>temp_change</c>, not as the property <c>TempMin</c>.
/// </summary>
internal static class Spelling
{
    private static readonly Func<string, string>[] s_ways =
    [
        name => name,
        Snake,
        Camel,
        name => name.ToLowerInvariant(),
    ];

    /// <summary>The name as <paramref name="columns"/> spell those that <paramref name="schema"/> knows; the first way where they show none.</summary>
    public static string Of(string name, IEnumerable<string> columns, TableSchema schema)
    {
        var known = columns
            .Select(column => (Column: column, Expected: schema.Find(column)?.Name))
            .Where(pair => pair.Expected is not null)
            .ToList();
        return s_ways.MaxBy(way => known.Count(pair => way(pair.Expected!) == pair.Column))!(name);
    }

    private static string Camel(string name) => name.Length == 0 ? name : char.ToLowerInvariant(name[0]) + name[1..];

    private static string Snake(string name)
    {
        var snake = new StringBuilder();
        foreach (var (index, letter) in name.Index())
        {
            if (index > 0 && char.IsUpper(letter) && char.IsLower(name[index - 1]))
            {
                snake.Append('_');
            }
            snake.Append(char.ToLowerInvariant(letter));
        }
        return snake.ToString();
    }
}
