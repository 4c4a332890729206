import java.io.FileInputStream;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilderFactory;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;
import org.verapdf.pdfa.validation.profiles.Profiles;
import org.verapdf.pdfa.validation.profiles.Rule;
import org.verapdf.pdfa.validation.profiles.ValidationProfile;
import org.verapdf.pdfa.validation.profiles.Variable;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Asks veraPDF about files: one line each and flavour, "pass" or the rules that fail. Its profiles are read without JAXB, which Java 11 dropped. */
public class Check {
  public static void main(String[] files) throws Exception {
    VeraGreenfieldFoundryProvider.initialise();
    for (String file : files) {
      ask(file, PDFAFlavour.PDFA_3_B, "PDFA-3B.xml");
      ask(file, PDFAFlavour.PDFUA_1, "PDFUA-1.xml");
    }
  }

  static void ask(String file, PDFAFlavour flavour, String profile) throws Exception {
    try (PDFAParser parser = Foundries.defaultInstance().createParser(new FileInputStream(file), flavour)) {
      ValidationResult found = Foundries.defaultInstance().createValidator(read(profile, flavour), true).validate(parser);
      Set<String> failed = new TreeSet<>();
      for (TestAssertion one : found.getTestAssertions())
        if (one.getStatus() == TestAssertion.Status.FAILED) failed.add(one.getRuleId().getClause() + " " + one.getMessage());
      System.out.println(flavour + " " + found.getTotalAssertions() + " " + (found.isCompliant() ? "pass" : failed));
    }
  }

  static ValidationProfile read(String name, PDFAFlavour flavour) throws Exception {
    Element root = DocumentBuilderFactory.newInstance().newDocumentBuilder()
        .parse(Check.class.getResourceAsStream("/org/verapdf/pdfa/validation/" + name)).getDocumentElement();
    Set<Rule> rules = new HashSet<>();
    for (Element rule : all(root, "rule")) {
      Element id = all(rule, "id").get(0);
      String deferred = rule.getAttribute("deferred");
      rules.add(Profiles.ruleFromValues(
          Profiles.ruleIdFromValues(PDFAFlavour.Specification.valueOf(id.getAttribute("specification")),
              id.getAttribute("clause"), Integer.parseInt(id.getAttribute("testNumber"))),
          rule.getAttribute("object"), deferred.isEmpty() ? null : Boolean.valueOf(deferred), "",
          text(rule, "description"), text(rule, "test"),
          Profiles.errorFromValues(text(rule, "message"), new ArrayList<>()), new ArrayList<>()));
    }
    Set<Variable> variables = new HashSet<>();
    for (Element one : all(root, "variable"))
      variables.add(Profiles.variableFromValues(one.getAttribute("name"), one.getAttribute("object"),
          text(one, "defaultValue"), text(one, "value")));
    return Profiles.profileFromValues(flavour, Profiles.profileDetailsFromValues(name, "", "", new Date()), "", rules, variables);
  }

  static ArrayList<Element> all(Element parent, String name) {
    ArrayList<Element> found = new ArrayList<>();
    NodeList nodes = parent.getElementsByTagName(name);
    for (int at = 0; at < nodes.getLength(); at++) found.add((Element) nodes.item(at));
    return found;
  }

  static String text(Element parent, String name) {
    ArrayList<Element> found = all(parent, name);
    return found.isEmpty() ? "" : found.get(0).getTextContent();
  }
}
