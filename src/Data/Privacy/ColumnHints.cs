namespace Rondo.Data;

/// <summary>What the name of a column says of its values.</summary>
internal sealed class ColumnHints
{
    // What counts or classifies things is not the thing: phone_model, token_count, birth_weight.
    private static readonly HashSet<string> s_about = Words(
        "count counts type types model brand flag has is status length len score verified weight rate order country city place species number_of os"
    );

    private static readonly HashSet<string> s_notPostal = Words("ip mac email mail url web memory wallet bus");

    private static readonly (PersonalDataKind Kind, HashSet<string> Any, string[] Inside)[] s_rules =
    [
        (PersonalDataKind.Email, Words("email mail emails"), ["email", "e_mail"]),
        (
            PersonalDataKind.Phone,
            Words("phone tel telephone mobile fax cell cellphone handy telefon msisdn"),
            ["phone", "telefon"]
        ),
        (PersonalDataKind.Iban, Words("iban"), ["iban"]),
        (PersonalDataKind.PaymentCard, Words("card cc pan creditcard cardnumber"), ["creditcard", "cardnumber"]),
        (PersonalDataKind.IpAddress, Words("ip ipv4 ipv6"), ["ipaddress", "ip_address"]),
        (
            PersonalDataKind.NationalId,
            Words("ssn nin nino bsn nhs dni nie cpf pesel nir hetu personnummer"),
            ["nationalid", "national_id", "taxid", "tax_id", "socialsecurity", "social_security"]
        ),
        (
            PersonalDataKind.BirthDate,
            Words("birth dob born birthday birthdate geburtsdatum geburtstag naissance nacimiento"),
            ["birthdate", "birthday", "dateofbirth", "birthyear"]
        ),
        (
            PersonalDataKind.PersonName,
            Words("surname forename vorname nachname cognome apellido prenom"),
            ["firstname", "lastname", "fullname", "givenname", "familyname", "middlename"]
        ),
        (
            PersonalDataKind.PostalAddress,
            Words("address addr street strasse straße adresse rue calle"),
            ["streetaddress", "homeaddress"]
        ),
        (
            PersonalDataKind.Position,
            Words("lat latitude lon lng long longitude gps geo coord coordinates position location"),
            ["latitude", "longitude"]
        ),
        (
            PersonalDataKind.Secret,
            Words("password passwd pwd passphrase secret token credential credentials apikey"),
            ["password", "apikey", "api_key", "accesskey", "access_key", "privatekey", "private_key"]
        ),
    ];

    private static readonly HashSet<string> s_whose = Words(
        "first last given family middle full maiden customer patient person employee contact driver passenger author student holder client user"
    );

    private readonly HashSet<PersonalDataKind> _kinds = [];

    public ColumnHints(string column)
    {
        var words = Split(column);
        if (words.Overlaps(s_about))
        {
            return;
        }

        var joined = string.Join('_', words);
        foreach (var (kind, any, inside) in s_rules)
        {
            if (words.Overlaps(any) || inside.Any(part => joined.Contains(part, StringComparison.Ordinal)))
            {
                _kinds.Add(kind);
            }
        }

        if (words.Overlaps(s_notPostal))
        {
            _kinds.Remove(PersonalDataKind.PostalAddress);
        }

        if (words.Contains("name") && words.Overlaps(s_whose))
        {
            _kinds.Add(PersonalDataKind.PersonName);
        }

        MayBeName = words.Contains("name") || words.Contains("names") || words.Overlaps(s_whose);
    }

    /// <summary>Whether it may hold names of people: what the values look like decides.</summary>
    public bool MayBeName { get; }

    public bool Has(PersonalDataKind kind) => _kinds.Contains(kind);

    private static HashSet<string> Words(string words) => new(words.Split(' '), StringComparer.Ordinal);

    // At everything that is no letter or digit, and where a capital follows a small letter.
    private static HashSet<string> Split(string column)
    {
        var words = new HashSet<string>(StringComparer.Ordinal);
        var start = 0;
        for (var i = 0; i <= column.Length; i++)
        {
            var ends = i == column.Length || !char.IsLetterOrDigit(column[i]);
            if (ends || (i > start && char.IsUpper(column[i]) && char.IsLower(column[i - 1])))
            {
                if (i > start)
                {
                    words.Add(column[start..i].ToLowerInvariant());
                }

                start = ends ? i + 1 : i;
            }
        }

        return words;
    }
}
