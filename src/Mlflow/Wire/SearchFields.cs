using System.Globalization;

namespace Rondo.Mlflow.Wire;

/// <summary>What searches of all kinds ask for in the same words.</summary>
internal static class SearchFields
{
    /// <summary>A number of rows from 1 to the limit; <paramref name="absent"/> is what not naming it means.</summary>
    public static int Limit(MlflowFields fields, int absent, int limitMax)
    {
        var asked = fields.Long("max_results") ?? absent;
        return asked >= 1 && asked <= limitMax
            ? (int)asked
            : throw Refusal.Value(
                asked.ToString(CultureInfo.InvariantCulture),
                "max_results",
                $"Ask for at least 1 and at most {limitMax}."
            );
    }

    public static SearchQuery Query(MlflowFields fields, string viewField, int limit) =>
        new(
            fields.Text("filter"),
            fields.Texts("order_by"),
            fields.Choice<ViewType>(viewField, NameOf) ?? ViewType.ActiveOnly,
            limit,
            PageToken.Read(fields.Text("page_token"))
        );

    private static string NameOf(ViewType view) =>
        view switch
        {
            ViewType.ActiveOnly => "ACTIVE_ONLY",
            ViewType.DeletedOnly => "DELETED_ONLY",
            _ => "ALL",
        };
}
